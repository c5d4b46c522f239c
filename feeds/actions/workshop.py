"""What feeds are published with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from feeds.actions.assemble import MediaFiles
from feeds.actions.feedplan import Publication
from feeds.actions.renderings import Kitchen
from feeds.model.feed import FeedSummary
from feeds.model.noun import dataclass

IndexPage = Callable[[Sequence[FeedSummary]], bytes]
"""Renders the page that lists all feeds."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Whose feeds these are, and who makes their parts."""

    publication: Publication
    kitchen: Kitchen
    media: MediaFiles
    index_page: IndexPage
    headings: Callable[[], Mapping[str, str]]
    """What the groups of feeds are called in the list for programs."""
    stylesheet: Callable[[], bytes]
    replace_foreign: bool = False
    """Whether a file that is not ours gives way, and is kept under another name."""
