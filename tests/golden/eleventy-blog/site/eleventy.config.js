export default function (c) { return { dir: { input: "content", output: "_site" } }; }
