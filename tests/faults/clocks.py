"""Case 37: clocks that jump by an hour or a day, both nights of summer time, and 2038."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import feeds.service.base as ground
from feeds.actions.deliver import Clock
from tests.faults.mailbox import Mailbox
from tests.faults.people import html
from tests.faults.trial import Trial
from tests.faults.victim import Victim, send_gently

ZONES = ("Asia/Tokyo", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Pacific/Apia")
HOURS = (0, 1, 2, 3, 7, 23)
HOUR = timedelta(hours=1)

NIGHTS = (
    datetime(2026, 11, 1, tzinfo=UTC),  # New York has 01:30 twice
    datetime(2027, 3, 14, tzinfo=UTC),  # New York has no 02:30
    datetime(2027, 3, 28, tzinfo=UTC),  # London has no 01:30
    datetime(2027, 4, 3, tzinfo=UTC),  # Lord Howe goes back by half an hour
    datetime(2027, 10, 31, tzinfo=UTC),
    datetime(2038, 1, 19, tzinfo=UTC),  # 2^31 seconds
)


def jumping(trial: Trial) -> None:
    """Every reader gets every post once, whatever the clock does; no slot makes two issues."""
    site = trial.prepare(len(ZONES) * len(HOURS) + 5, composed=False)
    box = trial.serve(Mailbox(trial.dumps))
    site.configure(box.port, connections=2)
    _choose(trial)
    clock = [datetime(2026, 10, 25, tzinfo=UTC)]
    service_class = type("InItsTime", (_Timed,), {"moment": clock})
    nights = NIGHTS if trial.long else (*NIGHTS[:2], NIGHTS[-1])
    written, end = 0, nights[-1] + timedelta(days=2)
    real, ground.real_now = ground.real_now, lambda: clock[0]
    try:
        with service_class.open(site.config, environ={}) as service:
            for moment in _moments(trial, nights):
                clock[0] = moment
                if moment < end and trial.random.random() < 0.06:
                    written += 1
                    site.write_post(1000 + written, moment - timedelta(minutes=1), paragraphs=1)
                service.build()
                service.compose()
                send_gently(service)
    finally:
        ground.real_now = real
    _judge(trial, written)


class _Timed(Victim):
    """The service in a time of its own."""

    moment: list[datetime]

    @property
    def clock(self) -> Clock:
        return Clock(self.now, lambda: self.moment[0])


def _choose(trial: Trial) -> None:
    """Readers of every zone and hour, daily and weekly, and some of each post."""
    choices = [(zone, hour) for zone in ZONES for hour in HOURS]
    with sqlite3.connect(trial.site.database) as connection:
        for key, (zone, hour) in enumerate(choices, 1):
            values = ("daily" if key % 3 else "weekly", zone, hour, key % 7, key)
            connection.execute(
                "UPDATE subscribers SET cadence = ?, zone = ?, hour = ?, weekday = ? WHERE key = ?", values
            )
    connection.close()


def _moments(trial: Trial, nights: tuple[datetime, ...]) -> Iterator[datetime]:
    """Hour after hour around these nights, with jumps there and back; then a quiet week."""
    for night in nights:
        moment, end = night - timedelta(days=2), night + timedelta(days=2)
        while moment < end:
            moment += trial.random.choice((HOUR, HOUR, HOUR / 2, 3 * HOUR))
            yield moment
            if trial.random.random() < 0.08:
                jump = trial.random.choice((-24, -1, 1, 24)) * HOUR
                yield moment + jump
                yield moment + jump + HOUR / 4
    for hours in range(0, 24 * 9, 3):
        yield nights[-1] + timedelta(days=3) + hours * HOUR


def _judge(trial: Trial, written: int) -> None:
    """I4, and every post to everybody exactly once."""
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    for file in trial.dumps.folder.iterdir():
        dump = file.read_bytes()
        to = re.search(rb"^X-Rcpt-Args: <([^>]*)>", dump, re.MULTILINE)
        numbers = {int(number) for number in re.findall(r"第(\d+)号", html(dump))}
        seen[to[1].decode() if to else ""].update(number for number in numbers if number > 1000)
    readers = int(str(trial.site.rows("SELECT count(*) FROM subscribers")[0][0]))
    wanted = Counter(range(1001, 1001 + written))
    wrong = sum(counts != wanted for counts in seen.values())
    trial.verdict.expect(len(seen) == readers, f"{len(seen)} of {readers} readers got mail")
    trial.verdict.expect(wrong == 0, f"{wrong} readers did not get every post exactly once")
    periods = Counter(trial.site.rows("SELECT subscriber, cadence, period FROM deliveries"))
    trial.verdict.expect(set(periods.values()) <= {1}, "a reader has two issues of one period")
    early = trial.site.rows("SELECT count(*) FROM issues WHERE due > created AND cadence <> 'each'")[0][0]
    trial.verdict.expect(early == 0, f"{early} issues before they were due")
    trial.verdict.notes.append(f"{written} posts, {readers} readers")
    trial.judge()
