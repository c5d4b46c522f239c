"""Limits of sending: never more in any second, hour or day, whoever asks and whenever the program ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from feeds.store import schema
from feeds.store.database import Database
from feeds.store.rates import Grant, Limits, reserve
from feeds.store.schema.rates import send_minutes, send_pace

pytestmark = pytest.mark.databases

NOW = datetime(2026, 11, 23, 7, 0, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


@pytest.fixture
def database(opening: Callable[[], Database]) -> Database:
    return opening()


def ask(database: Database, limits: Limits, wanted: int, now: datetime = NOW, *, bulk: bool = True) -> Grant:
    with database.write() as connection:
        return reserve(connection, limits, wanted, now, bulk=bulk)


def minutes(database: Database) -> list[int]:
    """What each minute counted."""
    with database.read() as connection:
        query = select(send_minutes.c.count).order_by(send_minutes.c.minute)
        return list(connection.execute(query).scalars())


def test_without_limits_everything_is_granted_and_nothing_is_written(database: Database) -> None:
    assert ask(database, Limits(), 500) == Grant(500)
    assert minutes(database) == []


def test_an_hour_holds_its_limit_and_tells_when_there_is_more(database: Database) -> None:
    limits = Limits(per_hour=19)
    assert ask(database, limits, 12) == Grant(12)
    assert ask(database, limits, 12, NOW + MINUTE).count == 7
    refused = ask(database, limits, 12, NOW + 2 * MINUTE)
    assert refused == Grant(0, 60 * MINUTE - SECOND * 30)
    again = NOW + 2 * MINUTE + refused.wait
    assert ask(database, limits, 12, again - SECOND).count == 0
    assert ask(database, limits, 20, again).count == 12


def test_a_day_holds_its_limit_across_restarts(opening: Callable[[], Database]) -> None:
    limits = Limits(per_day=15)
    counts = []
    for hours in (0, 5, 23, 25):
        database = opening()
        counts.append(ask(database, limits, 10, NOW + hours * HOUR).count)
        database.close()
    assert counts == [10, 5, 0, 10]


def test_the_sharper_limit_decides(database: Database) -> None:
    assert ask(database, Limits(per_hour=3, per_day=10), 20) == Grant(3)
    assert ask(database, Limits(per_hour=3, per_day=10), 20).wait < HOUR + 3 * MINUTE
    assert ask(database, Limits(per_hour=3, per_day=3), 20).wait > 23 * HOUR


def test_digests_leave_a_twentieth_to_notices(database: Database) -> None:
    limits = Limits(per_hour=100)
    assert ask(database, limits, 500).count == 95
    assert ask(database, limits, 500).count == 0
    assert ask(database, limits, 500, bulk=False).count == 5
    assert ask(database, limits, 500, bulk=False).count == 0


def test_a_second_is_granted_in_small_lots(database: Database) -> None:
    limits = Limits(per_second=100)
    assert ask(database, limits, 500) == Grant(6)
    first = ask(database, limits, 500)
    assert first == Grant(0, 6 * timedelta(microseconds=10527))
    assert ask(database, limits, 500, NOW + first.wait - timedelta(microseconds=1)).count == 5
    now, sent = NOW + first.wait, 0
    while now < NOW + 20 * SECOND:
        granted = ask(database, limits, 500, now)
        sent += granted.count
        now += granted.wait
    assert 94 * 19 < sent <= 100 * 20, "nearly as many as may be"


def test_one_in_a_second_is_one_in_a_second(database: Database) -> None:
    limits = Limits(per_second=1)
    assert [ask(database, limits, 5), ask(database, limits, 5)] == [Grant(1), Grant(0, SECOND)]
    assert ask(database, limits, 5, NOW + SECOND) == Grant(1)


asked = st.lists(st.tuples(st.integers(0, 90_000), st.integers(1, 60), st.booleans()), max_size=60)


@given(asked, st.integers(0, 40), st.integers(0, 60), st.integers(0, 80))
def test_no_window_ever_has_more(
    questions: list[tuple[int, int, bool]], second: int, hour: int, day: int
) -> None:
    engine = create_engine("sqlite://")
    granted: list[tuple[datetime, int]] = []
    with engine.begin() as connection:
        schema.metadata.create_all(connection, tables=[send_minutes, send_pace])
        for number, (at, wanted, bulk) in enumerate(sorted(questions)):
            # Some within a second of each other, some over more than a day.
            now = NOW + timedelta(milliseconds=at if number % 3 else 0, seconds=at)
            granted.append(
                (now, reserve(connection, Limits(second, hour, day), wanted, now, bulk=bulk).count)
            )
    for span, limit in ((SECOND, second), (HOUR, hour), (DAY, day)):
        for start, _ in granted:
            assert not limit or sum(n for at, n in granted if start <= at < start + span) <= limit


@given(st.lists(st.integers(0, 3_000_000), max_size=80), st.integers(1, 200))
def test_no_second_ever_has_more(moments: list[int], limit: int) -> None:
    engine = create_engine("sqlite://")
    granted: list[tuple[int, int]] = []
    with engine.begin() as connection:
        schema.metadata.create_all(connection, tables=[send_minutes, send_pace])
        for at in sorted(moments):
            now = NOW + timedelta(microseconds=at)
            granted.append((at, reserve(connection, Limits(per_second=limit), 500, now).count))
    for start, _ in granted:
        assert sum(n for at, n in granted if start <= at < start + 1_000_000) <= limit


def test_a_clock_that_was_put_back_stops_nothing_for_longer_than_the_limit(database: Database) -> None:
    limits = Limits(per_second=20, per_hour=19)
    assert ask(database, limits, 2, NOW + 365 * DAY).count == 2
    assert ask(database, limits, 2, NOW).wait <= SECOND
    assert ask(database, limits, 2, NOW + SECOND).count == 2
    assert minutes(database) == [4], "what a clock ahead counted is counted as now"


def test_who_asks_with_an_earlier_time_gets_nothing_extra(database: Database) -> None:
    limits = Limits(per_second=1)
    assert ask(database, limits, 1) == Grant(1)
    late = ask(database, limits, 1, NOW - SECOND)
    assert late == Grant(0, 2 * SECOND)
    assert ask(database, limits, 1, NOW + SECOND) == Grant(1)


def test_a_limit_that_was_lowered_holds_at_once(database: Database) -> None:
    assert ask(database, Limits(per_hour=18), 18).count == 18
    refused = ask(database, Limits(per_hour=5), 18, NOW + MINUTE)
    assert refused.count == 0
    assert HOUR <= refused.wait <= HOUR + MINUTE


def test_what_is_older_than_a_day_is_forgotten(database: Database) -> None:
    ask(database, Limits(per_day=100), 10)
    ask(database, Limits(per_day=100), 10, NOW + 2 * DAY)
    assert minutes(database) == [10]


def test_many_who_ask_at_once_get_no_more_together(opening: Callable[[], Database]) -> None:
    databases = [opening() for _ in range(4)]
    together, counts = Barrier(4), []

    def work(database: Database) -> None:
        together.wait()
        counts.extend(ask(database, Limits(per_hour=19), 2).count for _ in range(10))

    threads = [Thread(target=work, args=[database]) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 19
