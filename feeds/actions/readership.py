"""Readership: how many read each feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import Connection

from feeds.model.audience import FeedAudience, ReaderCount, sum_up
from feeds.store import publications, readership
from feeds.store.database import Database

RECENT = timedelta(days=7)
"""Services that have not asked for this long do not count any more."""

_KEPT = timedelta(days=800)


def keep_readers(database: Database, counts: Sequence[ReaderCount], today: date) -> None:
    """Stores the numbers, and drops those that are older than two years."""
    if counts:
        with database.write() as connection:
            readership.raise_counts(connection, counts)
            readership.forget_before(connection, today - _KEPT)


def audience(connection: Connection, today: date) -> tuple[FeedAudience, ...]:
    """The readers of each feed in the last days, the feed with most of them first."""
    known = publications.known_feeds(connection)
    recent = sorted(readership.counts_since(connection, today - RECENT), key=lambda count: count.feed)
    found = []
    for name, group in groupby(recent, key=lambda count: count.feed):
        counts = list(group)
        services, singles = sum_up(counts)
        feed = known.get(name)
        key, title = (name, name) if feed is None else (feed.key, feed.title)
        found.append(FeedAudience(key, title, max(count.day for count in counts), services, singles))
    return tuple(sorted(found, key=lambda feed: (-feed.total, feed.feed)))
