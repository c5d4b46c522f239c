export default { title: 'x', cleanUrls: false }
