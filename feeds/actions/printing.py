"""Printing: feeds as documents, each entry serialised once for all that carry it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from feeds.model.feed import Document, Feed, Format
from feeds.processes import spread

if TYPE_CHECKING:
    from feeds.syndication.fragments import Fragments

_WORTH_APART = 12
"""Documents from which on another process takes some of the formats."""


_SHARING = (Format.RSS, Format.ATOM)
"""Formats that one process makes, as they share the bodies of posts; those of the others take as long."""

Printed = tuple[Format, tuple[str, int], Document]

Wanted = Mapping[Format, Mapping[tuple[str, int], Feed]]
"""For each format the feeds that are wanted in it, by name and page."""

Task = tuple[Format, tuple[str, int], Feed]


def print_feeds(wanted: Wanted, fragments: Fragments, processes: int) -> Iterator[Printed]:
    """The documents as they are made, with format, and name and page of the feed; they have no path yet.

    ``fragments`` keeps the bytes of entries for later calls, where there are few documents.
    """
    many = sum(map(len, wanted.values())) >= _WORTH_APART
    here, apart = (
        [(form, page, feed) for form in forms for page, feed in wanted.get(form, {}).items()]
        for forms in (_SHARING, [form for form in Format if form not in _SHARING])
    )
    work = partial(_printed, {} if many else fragments)
    others = spread(work, apart, processes if many else 1, worth=2, heavy=True)
    yield from work(here)
    yield from others


def _printed(fragments: Fragments, tasks: Iterable[Task]) -> Iterator[Printed]:
    from feeds.syndication.render import render

    for form, page, feed in tasks:
        yield form, page, render(feed, form, path="", fragments=fragments)
