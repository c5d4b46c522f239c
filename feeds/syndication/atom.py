"""Atom 1.0 (RFC 4287), by feedgen."""

from __future__ import annotations

from collections.abc import Iterable

from feeds.model.feed import Entry, Feed, Format
from feeds.syndication.feedgen_extension import AtomEntry, AtomFeed, add_entry, generator
from feeds.syndication.fragments import Fragments, Shape, spliced
from feeds.syndication.text import line, uri, whole_second, xml_text

_SHAPE = Shape(Format.ATOM, b"<entry", b"</entry>\n", b"</feed>")


def atom(feed: Feed, fragments: Fragments | None = None) -> bytes:
    """The feed as Atom 1.0, in UTF-8.

    ``fragments`` keeps the bytes of entries that were written before, and is filled.
    """
    return spliced(feed, _SHAPE, _serialise, fragments)


def _serialise(feed: Feed, entries: Iterable[Entry]) -> bytes:
    made = generator(feed, AtomFeed, AtomEntry)
    made.id(xml_text(feed.id))
    made.updated(whole_second(feed.updated))
    # RFC 4287 §4.1.1: without an author here, every entry would need one of its own.
    made.author(name=line(feed.author) or line(feed.title) or uri(feed.home))
    made.link(href=uri(feed.addresses[Format.ATOM]), rel="self", type=Format.ATOM.media_type)
    made.link(href=uri(feed.home), rel="alternate", type="text/html")
    if description := line(feed.description):
        made.subtitle(description)
    for entry in entries:
        _add(made, entry, feed)
    return bytes(made.atom_str())


def _add(made: object, entry: Entry, feed: Feed) -> None:
    added = add_entry(made, entry, feed)
    added.id(xml_text(entry.ids.atom))
    added.published(whole_second(entry.published))
    added.updated(whole_second(entry.updated))
    if author := line(entry.author):
        added.author(name=author)
    if entry.excerpt:
        added.summary(xml_text(entry.excerpt))
    if entry.html:
        added.content(xml_text(entry.html), type="html")  # never CDATA: feedgen would write that as the type
