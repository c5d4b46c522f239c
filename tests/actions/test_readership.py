"""How many read each feed: stored by day, and shown for the last week."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from feeds.actions.readership import audience, keep_readers
from feeds.model.audience import ReaderCount
from feeds.store import publications, readership
from feeds.store.database import Database
from feeds.store.publications import KnownFeed

MONDAY = date(2026, 11, 23)


@pytest.fixture
def database(opening: Callable[[], Database]) -> Database:
    database = opening()
    feed = KnownFeed(
        "category:本", "https://x.example/本", "category/本", "本 — 瓦版", datetime(2026, 1, 1, tzinfo=UTC)
    )
    with database.write() as connection:
        publications.put_feeds(connection, [feed], [])
    return database


def keep(database: Database, *counts: tuple[int, str, str, str, int]) -> None:
    made = [ReaderCount(MONDAY - timedelta(days=ago), *rest) for ago, *rest in counts]
    keep_readers(database, made, MONDAY)


def test_numbers_are_kept_by_day_and_only_rise_within_one(database: Database) -> None:
    keep(database, (0, "all", "Feedly", "", 12), (0, "all", "", "", 5))
    keep(database, (0, "all", "Feedly", "", 10), (0, "all", "", "", 7), (1, "all", "", "", 9))
    with database.read() as connection:
        stored = {
            (c.day, c.service): c.readers for c in readership.counts_since(connection, MONDAY - timedelta(9))
        }
    assert stored == {(MONDAY, "Feedly"): 12, (MONDAY, ""): 7, (MONDAY - timedelta(1), ""): 9}


def test_each_feed_has_its_readers_the_most_read_first(database: Database) -> None:
    keep(
        database,
        (0, "all", "Feedly", "", 3),
        (0, "category:本", "Feedbin", "1", 10),
        (2, "category:本", "Feedbin", "2", 4),
        (0, "category:本", "", "", 6),
        (9, "category:本", "Bloglines", "", 1000),
        (0, "tag:gone", "", "", 1),
    )
    with database.read() as connection:
        found = audience(connection, MONDAY)
    assert [(one.feed, one.title, one.total, one.services, one.singles) for one in found] == [
        ("category/本", "本 — 瓦版", 20, {"Feedbin": 14}, 6),
        ("all", "all", 3, {"Feedly": 3}, 0),
        ("tag:gone", "tag:gone", 1, {}, 1),
    ]
    assert found[0].day == MONDAY


def test_numbers_older_than_two_years_go(database: Database) -> None:
    keep(database, (900, "all", "", "", 1), (0, "all", "", "", 1))
    with database.read() as connection:
        assert [c.day for c in readership.counts_since(connection, date(2000, 1, 1))] == [MONDAY]


def test_nothing_to_keep_writes_nothing(database: Database) -> None:
    keep_readers(database, [], MONDAY)
    with database.read() as connection:
        assert audience(connection, MONDAY) == ()
