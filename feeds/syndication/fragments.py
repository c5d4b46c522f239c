"""The serialised entries that several feeds share.

An entry stands in the feed of everything and in one for each of its categories. Writing it costs
far more than the rest of a feed does, so its bytes are cut out of the first document that feedgen
made with it, and put into the others. Its body is escaped once for RSS and Atom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from feeds.model.feed import Entry, Feed, Format
from feeds.syndication.text import BODY, escaped

Fragments = dict[tuple[Format, str, bool, Entry], bytes]
"""The bytes of an entry in a format, by what they depend on: the feed's language, whether the feed is a
podcast, and the entry."""


class Shape(NamedTuple):
    """Where the entries of a serialised feed begin and end.

    The marks are unmistakable, since a serialiser writes ``<`` in texts and attributes as ``&lt;``.
    """

    format: Format
    begin: bytes
    """What an entry begins with."""
    end: bytes
    """What an entry ends with."""
    close: bytes
    """What follows the last entry."""


def spliced(
    feed: Feed,
    shape: Shape,
    serialise: Callable[[Feed, Iterable[Entry]], bytes],
    fragments: Fragments | None,
) -> bytes:
    """The bytes that ``serialise`` makes of the feed and all its entries; it is given the new ones only."""
    if fragments is None:
        return serialise(feed, feed.entries)
    is_podcast = feed.podcast is not None
    keys = [(shape.format, feed.language, is_podcast, entry) for entry in feed.entries]
    missing = dict.fromkeys(key for key in keys if key not in fragments)
    head, pieces = _cut(serialise(feed, [_without_body(key[-1]) for key in missing]), shape)
    for key, piece in zip(missing, pieces, strict=True):
        fragments[key] = _with_body(piece, key[-1])
    return b"".join((head, *(fragments[key] for key in keys), shape.close))


def _without_body(entry: Entry) -> Entry:
    """The entry with a sign in the place of its body: lxml takes ten times as long to escape one."""
    return replace(entry, html=BODY) if escaped(entry.html) else entry


def _with_body(piece: bytes, entry: Entry) -> bytes:
    return piece.replace(_BODY, body) if (body := escaped(entry.html)) else piece


_BODY = BODY.encode()


def _cut(document: bytes, shape: Shape) -> tuple[bytes, list[bytes]]:
    first = document.find(b"\n" + shape.begin) + 1
    if not first:
        return document.removesuffix(shape.close), []
    ends = [first]
    while place := document.find(shape.end, ends[-1]) + 1:
        ends.append(place - 1 + len(shape.end))
    return document[:first], [document[start:end] for start, end in pairwise(ends)]
