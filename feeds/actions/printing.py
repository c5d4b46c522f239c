"""Printing: feeds as documents, each entry serialised once for all that carry it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from feeds.actions.placing import Desk, Drawn, Made
from feeds.actions.targets import Target
from feeds.model.feed import Document, Feed, Format
from feeds.processes import spread

if TYPE_CHECKING:
    from feeds.syndication.fragments import Fragments

_WORTH_APART = 12
"""Documents from which on another process takes some of the feeds."""


Wanted = tuple[Feed, Sequence[Target]]
"""A feed, and the documents that are to be made of it."""


def print_feeds(
    wanted: Sequence[Wanted], desk: Desk, fragments: Fragments, processes: int
) -> Iterator[Made | Drawn]:
    """The documents as they are made; other processes write them at once.

    All formats of a feed are made by one process, as they share the bodies of posts. ``fragments``
    keeps the bytes of entries for later calls, where there are few documents.
    """
    many = sum(len(targets) for _, targets in wanted) >= _WORTH_APART
    work = partial(_printed, desk, {} if many else fragments)
    made = spread(work, wanted, processes if many else 1, worth=2, heavy=True)
    return chain.from_iterable(made)


def _printed(desk: Desk, fragments: Fragments, wanted: Iterable[Wanted]) -> Iterator[Sequence[Made | Drawn]]:
    for feed, targets in wanted:
        drawn = list(_drawn(feed, targets, fragments))
        yield [desk.draft(*one) for one in drawn] if desk.is_elsewhere() else drawn


def _drawn(feed: Feed, targets: Iterable[Target], fragments: Fragments) -> Iterator[Drawn]:
    from feeds.syndication.render import render

    documents: dict[str, Document] = {}
    for target in targets:
        if target.format not in documents:
            documents[target.format] = render(feed, Format(target.format), path="", fragments=fragments)
        yield target, replace(documents[target.format], path=target.path)
