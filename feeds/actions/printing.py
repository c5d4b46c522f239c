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
"""Documents from which on another process takes a format."""


Wanted = Mapping[Format, Mapping[tuple[str, int], Feed]]
"""For each format the feeds that are wanted in it, by name and page."""


def print_feeds(
    wanted: Wanted, fragments: Fragments, processes: int
) -> dict[tuple[Format, tuple[str, int]], Document]:
    """The documents, by format and by name and page of the feed; they have no path yet.

    ``fragments`` keeps the bytes of entries for later calls, where this process makes them.
    """
    formats = [form for form in Format if wanted.get(form)]
    many = sum(map(len, wanted.values())) >= _WORTH_APART
    work = partial(_in_formats, wanted, {} if many else fragments)
    printed = spread(work, formats, processes if many else 1, worth=2, heavy=True)
    return {
        (form, page): document
        for form, documents in zip(formats, printed, strict=True)
        for page, document in zip(wanted[form], documents, strict=True)
    }


def _in_formats(wanted: Wanted, fragments: Fragments, formats: Sequence[Format]) -> Iterator[list[Document]]:
    from feeds.syndication.render import render

    for form in formats:
        yield [render(feed, form, path="", fragments=fragments) for feed in wanted[form].values()]
