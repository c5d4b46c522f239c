"""How many read a feed, as far as its requests tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class ReaderCount:
    """One number of one day: what a service reported, or how many single readers there seem to be."""

    day: date
    feed: str
    """Name of the feed."""
    service: str
    """Empty for readers who fetch for themselves."""
    feed_id: str
    """What the service calls the feed, if it says so."""
    readers: int
    """The highest of that day."""


@dataclass(frozen=True, slots=True)
class FeedAudience:
    """The readers of one feed."""

    feed: str
    """Its key."""
    title: str
    day: date
    """The latest day that counts in here."""
    services: dict[str, int]
    """By name, the service with most readers first."""
    singles: int
    """An estimate: distinct programs at distinct addresses within a day."""

    @property
    def total(self) -> int:
        return sum(self.services.values()) + self.singles


def sum_up(counts: Iterable[ReaderCount]) -> tuple[dict[str, int], int]:
    """The readers by service, and the single ones, of one feed's recent days.

    Of every service and feed id the latest day counts. Several feed ids are several addresses with
    readers of their own and add up. A service that names none reports the same number at each of the
    feed's formats, and the highest counts. Of single readers the best day counts, as no day is whole
    after a start.
    """
    latest: dict[tuple[str, str], ReaderCount] = {}
    singles = 0
    for count in sorted(counts, key=lambda count: count.day):
        if count.service:
            latest[count.service, count.feed_id] = count
        else:
            singles = max(singles, count.readers)
    services: dict[str, int] = {}
    for name in {service for service, _ in latest}:
        ids = {feed_id: c.readers for (service, feed_id), c in latest.items() if service == name}
        unnamed = ids.pop("", 0)
        services[name] = max(unnamed, sum(ids.values()))
    ordered = sorted(services.items(), key=lambda pair: (-pair[1], pair[0]))
    return dict(ordered), singles
