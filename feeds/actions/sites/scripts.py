"""What Eleventy, Astro, Docusaurus and VitePress say of a site in programs, which are read and not run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from feeds.actions.sites.reading import first_file, folder_with_posts, joined_url, read_text, said_in
from feeds.actions.sites.site import GeneratorSite
from feeds.posts.dialects import astro, docusaurus, eleventy, vitepress

_ELEVENTY_DATA = ("metadata", "site", "meta")
_ELEVENTY_FOLDERS = ("blog", "posts", "_posts", "articles", "writing", "notes", "")
_ASTRO_FOLDERS = (
    "src/content/blog", "src/content/posts", "src/content/post", "src/data/blog", "src/data/post",
    "src/content",
    "src/data", "src/pages/posts", "src/pages/blog", "src/pages",
)  # fmt: skip
_ASTRO_FACTS = ("src/consts.ts", "src/consts.js", "src/config.ts", "src/config.mjs", "src/site.config.ts")
_COPY = """\
Let Eleventy copy the folder of the feeds, in {file}:

eleventyConfig.addPassthroughCopy({{ "public": "/" }});"""
_IGNORE = """\
Keep Eleventy from taking the pages of that folder for templates, in .eleventyignore:

public"""
_BY_PROGRAM = "{file} makes the addresses, which is a program: say them here, as in /:year/:month/:slug/."
_GUESSED_ROUTE = "Guessed from src/pages; compare an address with the site's own before the first build."
_TAKE_AWAY = "{what} makes feeds of its own at {paths}. Once yours are served, take it out: {how}"
_ASTRO_COLLECTIONS = tuple(
    f"src/{name}.{suffix}"
    for name in ("content.config", "content/config")
    for suffix in ("ts", "mts", "mjs", "js")
)
_COLLECTION = re.compile(r"\b(\w+)\s*[=:]\s*defineCollection\s*\(")
_BASE = re.compile(r"""\bbase\s*:\s*["'`]([^"'`\n]+)["'`]""")
_SOUNDS_LIKE_POSTS = re.compile(r"blog|posts?\b|article|entr(?:y|ies)|news", re.IGNORECASE)
_ONE_POST = re.compile(r"\[(?:\.\.\.)?(?:slug|id|path|post|entry|article|name|title)\]", re.IGNORECASE)
"""What a page of one post is called by; ``[channel]`` and ``[year]`` are lists."""
_LISTS = re.compile(r"\b(?:tags?|categor(?:y|ies)|authors?|page)\b")
_PERMALINK = re.compile(r"""^permalink:\s*["']?(/?[\w./-]+\.(?:xml|atom|rss|json))["']?\s*$""", re.MULTILINE)
_TEMPLATE = re.compile(r"""\bpermalink\b[^"'`?;]{0,80}["'`](/[^"'`]+)["'`]""")
_FILE_SLUG = re.compile(r"(?:\$\{|\{\{)\s*(?:data\.)?page\.fileSlug\s*(?:\}\}|\})")
_PLAIN_PATH = re.compile(r"/(?:[\w.-]+/)*:slug(?:/|\.html)?", re.ASCII)
_COLLECTIONS_IN = re.compile(r"\bcollections\.(\w+)")
_OF_POSTS = frozenset({"all", "post", "posts", "blog", "article", "articles", "entries", "writing"})
_FEED_BEGINS = re.compile(r"<feed\b|<rss\b|jsonfeed\.org|jsonFeed|\"version\"\s*:\s*\"https://jsonfeed")
_OUTPUT_PATH = re.compile(r"""outputPath\s*:\s*["']/?([^"']+\.(?:xml|json))["']""")


def find_eleventy(root: Path) -> GeneratorSite:
    """The Eleventy site in this folder."""
    file = first_file(root, eleventy.CONFIGURATIONS) or root / "eleventy.config.js"
    program = read_text(file)
    source = said_in([program], "input").strip("./")
    facts = _eleventy_facts(root / source, program)
    old = _eleventy_feeds(root / source, program)
    folders = [f"{source}/{name}".strip("/") or "." for name in _ELEVENTY_FOLDERS]
    folders += [f"{source}/content/{name}".strip("/") for name in _ELEVENTY_FOLDERS]
    advice = (
        [] if re.search(r"""addPassthroughCopy\([^)]*public""", program) else [_COPY.format(file=file.name)]
    )
    advice += [] if source else [_IGNORE]
    posts = folder_with_posts(root, folders)
    program_of_posts = _eleventy_program(root, posts)
    permalink = _eleventy_permalink(read_text(root / program_of_posts)) if program_of_posts else ""
    unsaid = bool(program_of_posts and not permalink)
    remarks = {"posts.permalink": _BY_PROGRAM.format(file=program_of_posts)} if unsaid else {}
    if old:
        how = "the plugin `@11ty/eleventy-plugin-rss`, or its template"
        advice.append(_TAKE_AWAY.format(what="Eleventy", paths=", ".join(old), how=how))
    return GeneratorSite(
        root=root,
        dialect="eleventy",
        told_by=file.name,
        posts_name=posts,
        public_name="public",
        title=said_in(facts, "title", "name"),
        url=joined_url(
            _first_url(facts, "url", "siteUrl", "base", "baseUrl"), said_in([program], "pathPrefix")
        ),
        language=said_in(facts, "language", "lang", "locale").replace("_", "-"),
        author=said_in(_inside(facts, "author"), "name") or said_in(facts, "author"),
        email=said_in(_inside(facts, "author"), "email") or said_in(facts, "email"),
        description=said_in(facts, "description", "subtitle"),
        permalink=permalink,
        feeds=tuple((path, _suffix(path, default=".atom.xml")) for path in old),
        advice=tuple(advice),
        remarks=remarks,
    )


def _eleventy_facts(source: Path, program: str) -> list[str]:
    """Texts that may say something of the site: data files, and the configuration."""
    data = [
        read_text(source / folder / f"{name}.{suffix}")
        for folder in ("_data", "../_data")
        for name in _ELEVENTY_DATA
        for suffix in ("json", "js", "mjs", "cjs", "yaml", "toml")
    ]
    return [text for text in (*data, program) if text]


def _eleventy_feeds(source: Path, program: str) -> list[str]:
    """The addresses of the feeds that the site has."""
    old = [f"/{path}" for path in _OUTPUT_PATH.findall(program)]
    usual = ("feed.njk", "feed.xml.njk", "feed/feed.njk")
    old += [f"/{name}" for name in usual if (source / name).is_file()]
    old = [path.replace(".xml.njk", ".xml").replace(".njk", ".xml") for path in old]
    return list(dict.fromkeys([*old, *_eleventy_templates(source)]))


def _eleventy_templates(source: Path) -> list[str]:
    """The addresses that templates of feeds in the input folder give themselves."""
    found = []
    for file in sorted((*source.glob("*.njk"), *source.glob("*.liquid"), *source.glob("*/*.njk"))):
        text = read_text(file)
        written = _PERMALINK.search(text) if _FEED_BEGINS.search(text) else None
        listed = set(_COLLECTIONS_IN.findall(text))
        if listed and listed.isdisjoint(_OF_POSTS):
            continue  # a feed of something else
        if written and not file.parent.name.startswith(("_", ".", "node_modules")):
            found.append("/" + written[1].lstrip("/"))
    return found


def _eleventy_program(root: Path, posts: str) -> str:
    """A data file of the posts that is a program and makes their addresses; empty if there is none."""
    folder = root / posts
    files = sorted(file for suffix in ("js", "cjs", "mjs") for file in folder.glob(f"*.11tydata.{suffix}"))
    making = (file for file in files if re.search(r"\bpermalink\b", read_text(file)))
    return next((file.relative_to(root).as_posix() for file in making), "")


def _eleventy_permalink(program: str) -> str:
    """The one template that a program makes addresses from, where a name is all that is put into it."""
    templates = _TEMPLATE.findall(program)
    if len(templates) != 1 or len(re.findall(r"\bpermalink\b", program)) != 1:
        return ""
    path = _FILE_SLUG.sub(":slug", templates[0]).removesuffix("index.html")
    return path if _PLAIN_PATH.fullmatch(path) else ""


def find_astro(root: Path) -> GeneratorSite:
    """The Astro site in this folder."""
    file = first_file(root, astro.CONFIGURATIONS) or root / "astro.config.mjs"
    program = read_text(file)
    facts = [program, *(text for name in _ASTRO_FACTS if (text := read_text(root / name)))]
    endpoints = sorted(
        path for path in (root / "src" / "pages").rglob("*.xml.*") if path.suffix in {".js", ".ts", ".mjs"}
    )
    pages = root / "src" / "pages"
    old = [
        f"/{path.relative_to(pages).as_posix().rpartition('.')[0]}"
        for path in endpoints
        if "sitemap" not in path.name and "[" not in path.as_posix()
    ]
    collections = _astro_collections(root)
    folder = folder_with_posts(root, [*collections.values(), *_ASTRO_FOLDERS])
    name = next((name for name, its in collections.items() if its == folder), "")
    permalink, is_sure = _astro_route(pages, folder, name)
    how = "the endpoint " + ", ".join(path.relative_to(root).as_posix() for path in endpoints)
    return GeneratorSite(
        root=root,
        dialect="astro",
        told_by=file.name,
        posts_name=folder,
        public_name="public",
        title=said_in(facts, "SITE_TITLE", "title", "name"),
        url=joined_url(said_in(facts, "site", "website", "url"), said_in([program], "base")),
        language=(said_in(facts, "lang", "defaultLocale", "locale") or "").replace("_", "-"),
        author=said_in(facts, "SITE_AUTHOR", "AUTHOR", "author"),
        email=said_in(facts, "SITE_EMAIL", "EMAIL", "email"),
        description=said_in(facts, "SITE_DESCRIPTION", "description", "desc"),
        permalink=permalink,
        feeds=tuple((path, _suffix(path, default=".rss.xml")) for path in old),
        advice=(_TAKE_AWAY.format(what="Astro", paths=", ".join(old), how=how),) if old else (),
        remarks={} if is_sure else {"posts.permalink": _GUESSED_ROUTE},
    )


def _astro_collections(root: Path) -> dict[str, str]:
    """Collection → folder, as ``content.config.ts`` has them, those that sound like posts first."""
    file = first_file(root, _ASTRO_COLLECTIONS)
    text = read_text(file) if file else ""
    found: dict[str, str] = {}
    for collection in _COLLECTION.finditer(text):
        base = _BASE.search(
            text, collection.end(), text.find("defineCollection", collection.end()) % (len(text) + 1)
        )
        if base and "${" not in base[1]:
            found[collection[1]] = base[1].strip("./")
    return dict(sorted(found.items(), key=lambda pair: not _SOUNDS_LIKE_POSTS.search(f"{pair[0]} {pair[1]}")))


def _astro_route(pages: Path, folder: str, name: str) -> tuple[str, bool]:
    """The address that a page such as ``src/pages/posts/[slug].astro`` gives to a collection; is it sure?

    Empty where it is the one of the dialect, the collection's own folder.
    """
    own = folder.rpartition("/")[2]
    routes = dict(_astro_pages_of_posts(pages))
    asks = re.compile(rf"""getCollection\(\s*["'](?:{re.escape(name or own)})["']""")
    asking = [route for route, text in routes.items() if asks.search(text)]
    meant = asking or sorted(routes, key=lambda route: not _SOUNDS_LIKE_POSTS.search(route))
    is_sure = bool(asking) or len(routes) < 2
    usual = folder.startswith(("src/content/", "src/data/"))
    if folder in {"src/content", "src/data"} or not (usual or name):
        return "", True
    if not meant or own in meant:
        return ("" if usual else f"/{own}/:path/"), True
    return ("/:path/" if meant[0] == "." else f"/{meant[0]}/:path/"), is_sure


def _astro_pages_of_posts(pages: Path) -> Iterator[tuple[str, str]]:
    """Folder below ``src/pages``, without parts that stand for something, and text, of pages of one post."""
    for path in sorted(pages.rglob("[[]*[]].astro"), reverse=True):
        parts = path.parent.relative_to(pages).parts
        route = "/".join(part for part in parts if not part.startswith("[")) or "."
        if _ONE_POST.fullmatch(path.stem) and not _LISTS.search(route):
            yield route, read_text(path)


def find_docusaurus(root: Path) -> GeneratorSite:
    """The Docusaurus site in this folder."""
    file = first_file(root, docusaurus.CONFIGURATIONS) or root / "docusaurus.config.js"
    program = [read_text(file)]
    paths = ("/blog/rss.xml", "/blog/atom.xml")
    how = "`feedOptions: { type: null }` in the blog's options"
    return GeneratorSite(
        root=root,
        dialect="docusaurus",
        told_by=file.name,
        posts_name="blog",
        public_name="static",
        title=said_in(program, "title"),
        url=joined_url(said_in(program, "url"), said_in(program, "baseUrl")),
        language=said_in(program, "defaultLocale"),
        description=said_in(program, "tagline"),
        feeds=tuple((path, _suffix(path, default=".rss.xml")) for path in paths),
        advice=(_TAKE_AWAY.format(what="Docusaurus", paths=" and ".join(paths), how=how),),
    )


def find_vitepress(root: Path) -> GeneratorSite:
    """The VitePress site in this folder."""
    file = first_file(root, vitepress.CONFIGURATIONS) or root / ".vitepress" / "config.mts"
    program = [read_text(file)]
    return GeneratorSite(
        root=root,
        dialect="vitepress",
        told_by=f".vitepress/{file.name}",
        posts_name=folder_with_posts(root, ("posts", "blog", "articles", ".")),
        public_name="public",
        title=said_in(program, "title"),
        url=joined_url(said_in(program, "hostname"), said_in(program, "base")),
        language=said_in(program, "lang"),
        description=said_in(program, "description"),
    )


def _inside(facts: Iterable[str], name: str) -> list[str]:
    """What stands in the braces behind a name."""
    pattern = re.compile(rf"""{name}["']?\s*[:=]\s*\{{([^{{}}]*)\}}""")
    return [found[1] for text in facts if (found := pattern.search(text))]


def _first_url(facts: Sequence[str], *names: str) -> str:
    """The first whole address that one of these names has."""
    return next((url for name in names if (url := said_in(facts, name)).startswith("http")), "")


def _suffix(path: str, *, default: str) -> str:
    if path.endswith(".json"):
        return ".json"
    return ".atom.xml" if "atom" in path else ".rss.xml" if "rss" in path else default
