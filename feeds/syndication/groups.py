"""The feeds of a publication, grouped for lists: by what their posts have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from feeds.model.feed import FeedSummary

KINDS = ("all", "category", "tag", "author", "language")
"""In the order of lists. A feed of one language is listed with those, whatever else it is limited to."""

HEADINGS: Mapping[str, str] = MappingProxyType(
    {"category": "Categories", "tag": "Tags", "author": "Authors", "language": "Languages"}
)
"""What the groups are called where nobody says it better; the feed of everything needs no heading."""


def kind_of(feed: FeedSummary) -> str:
    """The group of the feed."""
    if feed.only:
        return "language"
    kind = feed.kind or feed.key.partition("/")[0]
    return kind if kind in KINDS else "category"


def grouped(feeds: Iterable[FeedSummary]) -> dict[str, list[FeedSummary]]:
    """The feeds by group, both in order; languages stay together. There are no empty groups."""
    found: dict[str, list[FeedSummary]] = {kind: [] for kind in KINDS}
    for feed in feeds:
        found[kind_of(feed)].append(feed)
    found["language"].sort(key=lambda feed: feed.only)
    return {kind: members for kind, members in found.items() if members}
