// Reads each URL on standard input with rss-parser or feedsmith; one line of JSON for each.
// Usage: node node.mjs FOLDER_OF_NODE_MODULES rss-parser|feedsmith
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const [folder, name] = process.argv.slice(2)
const library = createRequire(`${folder}/package.json`)(name)

const seen = (id, link, title, date, enclosure) => ({
  id: id ?? '',
  link: link ?? '',
  title: title ?? '',
  date: date ? Math.floor(new Date(date).getTime() / 1000) : 0,
  enclosure: enclosure ?? '',
})

// A connection that was kept would be closed by the server while a large document is parsed.
const rssParser = async (url) => {
  const feed = await new library({ requestOptions: { agent: false } }).parseURL(url)
  return feed.items.map((item) =>
    seen(item.guid ?? item.id, item.link, item.title, item.pubDate, item.enclosure?.url))
}

const linked = (entry, rel) => entry.links?.find((link) => (link.rel ?? 'alternate') === rel)?.href

const feedsmith = async (url) => {
  const answer = await fetch(url, { headers: { connection: 'close' } })
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  const { format, feed } = library.parseFeed(await answer.text())
  if (format === 'rss')
    return (feed.items ?? []).map((item) =>
      seen(item.guid?.value, item.link, item.title, item.pubDate, item.enclosures?.[0]?.url))
  if (format === 'atom')
    return (feed.entries ?? []).map((entry) =>
      seen(entry.id, linked(entry, 'alternate'), entry.title?.value, entry.published, linked(entry, 'enclosure')))
  return (feed.items ?? []).map((item) =>
    seen(item.id, item.url, item.title, item.date_published, item.attachments?.[0]?.url))
}

const read = name === 'rss-parser' ? rssParser : feedsmith
for await (const url of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ url, entries: await read(url) }))
  } catch (error) {
    console.log(JSON.stringify({ url, error: [error, error.cause].filter(Boolean).join(": ") }))
  }
}
