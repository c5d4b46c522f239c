"""Atom 1.0 (RFC 4287), by feedgen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Any

from lxml.etree import Element, SubElement, _Element

from feeds.model.feed import Entry, Feed, Format, Media
from feeds.syndication import mrss
from feeds.syndication.feedgen_extension import (
    HISTORY,
    XML_LANG,
    EntryExtension,
    FeedExtension,
    add_entry,
    end_line,
    generator,
    links,
    put_stylesheet,
)
from feeds.syndication.fragments import Fragments, Shape, spliced
from feeds.syndication.text import (
    html_text,
    language_tag,
    like_markup,
    line,
    media_type,
    plain,
    unmasked,
    uri,
    whole_second,
    xml_text,
)

Link = dict[str, str]
"""The attributes of a link element."""

_SHAPE = Shape(Format.ATOM, b"<entry", b"</entry>\n", b"</feed>")


def atom(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as Atom 1.0, in UTF-8.

    ``fragments`` keeps the bytes of entries that were written before, and is filled.
    """
    return spliced(feed, _SHAPE, _serialise, fragments)


def _serialise(feed: Feed, entries: Iterable[Entry]) -> bytes:
    made = generator(feed, _Feed, _Entry)
    made.id(xml_text(feed.id))
    made.updated(whole_second(feed.updated))
    # RFC 4287 §4.1.1: without an author here, every entry would need one of its own.
    made.author(name=plain(feed.author) or plain(feed.title) or uri(feed.home))
    made.link(href=uri(feed.addresses[Format.ATOM]), rel="self", type=Format.ATOM.media_type)
    made.link([*_with_home([*links(feed, Format.ATOM)], uri(feed.home), language_tag(feed.language))])
    if icon := uri(feed.icon):
        made.icon(icon)
    if logo := uri(feed.logo):
        made.logo(logo)
    if description := plain(feed.description):
        made.subtitle(description)
    for entry in entries:
        _add(made, entry, feed)
    return unmasked(made.atom_str())


def _add(made: object, entry: Entry, feed: Feed) -> None:
    added = add_entry(made, entry, feed)
    added.id(xml_text(entry.ids.atom))
    added.published(whole_second(entry.published))
    added.updated(whole_second(entry.updated))
    for author in filter(None, map(plain, entry.authors)):
        added.author(name=author)
    if rights := plain(entry.rights):
        added.rights(rights)
    if entry.excerpt or not entry.html:
        _summarise(added, xml_text(entry.excerpt) or line(entry.title) or uri(entry.url))
    if entry.html:
        added.content(html_text(entry.html), type="html")  # never CDATA: feedgen would write that as the type


def _summarise(added: Any, text: str) -> None:
    """Plain text; where readers could take it for HTML, as HTML that says the same."""
    if like_markup(text):
        added.summary(escape(text, quote=False), type="html")
    else:
        added.summary(text)


class _Feed(FeedExtension):
    """Marks an archive, and names the stylesheet."""

    def extend_ns(self) -> dict[str, str]:
        prefixes = {"media": mrss.NAMESPACE}
        if self.feed and self.feed.is_archive:
            prefixes["fh"] = HISTORY
        return prefixes

    def extend_atom(self, element: _Element) -> _Element:
        if self.feed is not None:
            put_stylesheet(element, self.feed.stylesheet)
            if self.feed.is_archive:
                SubElement(element, f"{{{HISTORY}}}archive")  # RFC 5005 §4
        end_line(element[-1])
        return element


class _Entry(EntryExtension):
    """Writes an entry's links, which feedgen bereaves of their attributes; adds language and pictures."""

    def extend_atom(self, element: _Element) -> _Element:
        if self.language:
            element.set(XML_LANG, self.language)
        if self.entry is not None:
            bare = element.find("link")
            assert bare is not None  # `add_entry` has set it, and it only
            for attributes in _links(self.entry):
                bare.addprevious(Element("link", attributes))
            element.remove(bare)
            mrss.add_media(element, self.entry)
        end_line(element)
        return element


def _with_home(others: Sequence[Link], home: str, language: str) -> Iterator[Link]:
    """The other links, with alternate links to the page at both ends.

    Of several alternate links some readers take the first (Miniflux) and some the last (newsboat), and
    RFC 4287 §4.1.1 admits two to one page where their languages differ.
    """
    link = {"href": home, "rel": "alternate", "type": "text/html"}
    yield link
    yield from others
    if any(other["rel"] == "alternate" for other in others):
        yield link | {"hreflang": language}


def _links(entry: Entry) -> list[Link]:
    """To the post, to its translations, and to its files."""
    language = language_tag(entry.language)
    found = {language_tag(other.language): uri(other.url) for other in entry.translations}
    translations = [
        {"href": address, "rel": "alternate", "type": "text/html", "hreflang": tag}
        for tag, address in found.items()
        if language and tag and tag != language
    ]
    return [*_with_home(translations, uri(entry.url), language), *map(_enclosure, mrss.files_of(entry))]


def _enclosure(media: Media) -> Link:
    length = str(media.length) if media.length > 0 else ""
    known = {
        "href": uri(media.url),
        "rel": "enclosure",
        "type": media_type(media.media_type),
        "length": length,
    }
    return {name: value for name, value in known.items() if value}
