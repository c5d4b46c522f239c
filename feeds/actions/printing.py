"""Printing: feeds as documents, each entry serialised once for all that carry it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from feeds.model.feed import Document, Feed, Format
from feeds.processes import spread

if TYPE_CHECKING:
    from feeds.syndication.fragments import Fragments

_WORTH_APART = 12
"""Documents from which on another process takes some of the formats."""


_ALIKE = ((Format.RSS, Format.ATOM), (Format.JSON,))
"""Formats that one process makes, as they share the bodies of posts; the others take another as long."""

Printed = tuple[tuple[Format, tuple[str, int]], Document]

Wanted = Mapping[Format, Mapping[tuple[str, int], Feed]]
"""For each format the feeds that are wanted in it, by name and page."""


def print_feeds(
    wanted: Wanted, fragments: Fragments, processes: int
) -> dict[tuple[Format, tuple[str, int]], Document]:
    """The documents, by format and by name and page of the feed; they have no path yet.

    ``fragments`` keeps the bytes of entries for later calls, where this process makes them.
    """
    many = sum(map(len, wanted.values())) >= _WORTH_APART
    alike = [group for group in _ALIKE if any(map(wanted.get, group))]
    work = partial(_in_formats, wanted, {} if many else fragments)
    printed = spread(work, alike, processes if many else 1, worth=2, heavy=True)
    return {place: document for documents in printed for place, document in documents}


def _in_formats(
    wanted: Wanted, fragments: Fragments, groups: Sequence[Sequence[Format]]
) -> Iterator[list[Printed]]:
    from feeds.syndication.render import render

    for group in groups:
        yield [
            ((form, page), render(feed, form, path="", fragments=fragments))
            for form in group
            for page, feed in wanted.get(form, {}).items()
        ]
