"""RSS 2.0, by feedgen."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from lxml.etree import Element, SubElement, _Element

from feeds.model.feed import Entry, Feed, Format
from feeds.syndication import itunes, mrss
from feeds.syndication.feedgen_extension import (
    DC,
    HISTORY,
    EntryExtension,
    FeedExtension,
    add_entry,
    end_line,
    generator,
    links,
    put_stylesheet,
)
from feeds.syndication.fragments import Fragments, Shape, spliced
from feeds.syndication.text import html_text, media_type, plain, unmasked, uri, whole_second, xml_text

MINUTES_TO_LIVE = 60
"""How long readers may wait before they ask again; Miniflux and others follow it."""

_SHAPE = Shape(Format.RSS, b"<item>", b"</item>\n", b"</channel></rss>")
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"


def rss(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as RSS 2.0, in UTF-8.

    ``fragments`` keeps the bytes of entries that were written before, and is filled.
    """
    return spliced(feed, _SHAPE, _serialise, fragments)


def _serialise(feed: Feed, entries: Iterable[Entry]) -> bytes:
    made = generator(feed, _Channel, _Item)
    made.description(plain(feed.description) or plain(feed.title) or uri(feed.home))
    made.link(href=uri(feed.addresses[Format.RSS]), rel="self", type=Format.RSS.media_type)
    made.link(href=uri(feed.home), rel="alternate")  # last: feedgen makes the last link the channel's
    made.docs("https://www.rssboard.org/rss-specification")
    made.lastBuildDate(whole_second(feed.updated))
    made.ttl(MINUTES_TO_LIVE)
    if picture := uri(feed.logo or feed.icon):
        made.image(url=picture, title=plain(feed.title) or uri(feed.home), link=uri(feed.home))
    for entry in entries:
        _add(made, entry, feed)
    return unmasked(made.rss_str())


def _add(made: object, entry: Entry, feed: Feed) -> None:
    item = add_entry(made, entry, feed)
    guid = xml_text(entry.ids.rss)
    item.guid(guid, permalink=guid == uri(entry.url))
    item.published(whole_second(entry.published))
    for enclosed in mrss.files_of(entry)[:1]:
        kind = media_type(enclosed.media_type) or mrss.UNKNOWN_TYPE
        item.enclosure(uri(enclosed.url), str(max(enclosed.length, 0)), kind)  # 0 where nobody knows it
    if entry.excerpt:
        # A description is HTML to every reader, and the excerpt is plain text.
        item.summary(escape(xml_text(entry.excerpt), quote=False))
    if entry.html:
        item.content(html_text(entry.html), type="html")


class _Channel(FeedExtension):
    """Adds links, archive mark and podcast to a channel; names its stylesheet."""

    def extend_ns(self) -> dict[str, str]:
        prefixes = {"dc": DC, "media": mrss.NAMESPACE}
        if self.feed and self.feed.podcast:
            prefixes["itunes"] = itunes.NAMESPACE
        if self.feed and self.feed.is_archive:
            prefixes["fh"] = HISTORY
        return prefixes

    def extend_rss(self, element: _Element) -> _Element:
        channel = element[0]
        if self.feed is not None:
            put_stylesheet(element, self.feed.stylesheet)
            own = channel.find(_ATOM_LINK)
            assert own is not None  # `_serialise` has set it; npm rss-parser takes the first link for it
            for link in reversed([*links(self.feed, Format.RSS)]):
                own.addnext(Element(_ATOM_LINK, link))
            if self.feed.is_archive:
                SubElement(channel, f"{{{HISTORY}}}archive")  # RFC 5005 §4
            if self.feed.podcast:
                itunes.add_podcast(channel, self.feed.podcast, self.feed)
        end_line(channel[-1])
        return element


class _Item(EntryExtension):
    """Adds authors, language, rights, media and episode to an item.

    RSS knows an author by e-mail address only; feeds give away no addresses, so each is a dc:creator.
    """

    def extend_rss(self, element: _Element) -> _Element:
        entry = self.entry
        if entry is not None:
            said = [*(("creator", plain(author)) for author in entry.authors)]
            said += [("language", self.language), ("rights", plain(entry.rights))]
            for name, text in said:
                if text:
                    SubElement(element, f"{{{DC}}}{name}").text = text
            mrss.add_media(element, entry, mrss.files_of(entry)[1:])
            if self.is_episode:
                itunes.add_episode(element, entry)
        end_line(element)
        return element
