"""RSS 2.0, by feedgen."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from feeds.model.feed import Entry, Feed, Format
from feeds.syndication.feedgen_extension import RssChannel, RssItem, add_entry, generator
from feeds.syndication.fragments import Fragments, Shape, spliced
from feeds.syndication.text import line, uri, whole_second, xml_text

MINUTES_TO_LIVE = 60
"""How long readers may wait before they ask again; Miniflux and others follow it."""

_SHAPE = Shape(Format.RSS, b"<item>", b"</item>\n", b"</channel></rss>")


def rss(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as RSS 2.0, in UTF-8.

    ``fragments`` keeps the bytes of entries that were written before, and is filled.
    """
    return spliced(feed, _SHAPE, _serialise, fragments)


def _serialise(feed: Feed, entries: Iterable[Entry]) -> bytes:
    made = generator(feed, RssChannel, RssItem)
    made.description(line(feed.description) or line(feed.title) or uri(feed.home))
    made.link(href=uri(feed.addresses[Format.RSS]), rel="self", type=Format.RSS.media_type)
    made.link(href=uri(feed.home), rel="alternate")  # last: feedgen makes the last link the channel's
    made.docs("https://www.rssboard.org/rss-specification")
    made.lastBuildDate(whole_second(feed.updated))
    made.ttl(MINUTES_TO_LIVE)
    for entry in entries:
        _add(made, entry, feed)
    return bytes(made.rss_str())


def _add(made: object, entry: Entry, feed: Feed) -> None:
    item = add_entry(made, entry, feed)
    guid = xml_text(entry.ids.rss)
    item.guid(guid, permalink=guid == uri(entry.url))
    item.published(whole_second(entry.published))
    if entry.excerpt:
        # A description is HTML to every reader, and the excerpt is plain text.
        item.summary(escape(xml_text(entry.excerpt), quote=False))
    if entry.html:
        item.content(xml_text(entry.html), type="html")
