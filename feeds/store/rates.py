"""How many mails may go out in a second, an hour and a day: reserved before they go, whoever sends them.

What was reserved counts as sent from then on, also when it never is: after a crash too few mails go out for
a while, and never too many. Hours and days are counted in minutes, and a second by the generic cell rate
algorithm (ITU-T I.371): one instant, the theoretical arrival of the next mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, text, update

from feeds.model.noun import dataclass
from feeds.store.schema.rates import send_minutes, send_pace

_HOUR, _DAY = 60, 24 * 60

_LATE = 1
"""Minutes that may pass between a reservation and its mail."""

_SKEW = timedelta(minutes=1)
"""Who waited for another's transaction may ask with an earlier time than that had."""

_LOTS = 20
"""A second's mails are granted in so many lots: a lot goes at once, and is the work of one transaction."""

_SPARE = 20
"""Digests leave one in so many of an hour's and a day's mails to notices: a confirmation waits for nobody."""

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """At most so many mails in any second, hour and day; 0 is no limit."""

    per_second: int = 0
    per_hour: int = 0
    per_day: int = 0

    def __bool__(self) -> bool:
        return bool(self.per_second or self.per_hour or self.per_day)

    @property
    def lot(self) -> int:
        """No more than so many are granted at once."""
        return 1 + self.per_second // _LOTS if self.per_second else 1_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """How many mails may go out now."""

    count: int
    wait: timedelta = timedelta(0)
    """How long until there will be some, where there are none now."""


def reserve(
    connection: Connection, limits: Limits, wanted: int, real_now: datetime, *, bulk: bool = True
) -> Grant:
    """Reserves up to so many mails, to be sent within a minute. Notices are not ``bulk``.

    ``real_now`` comes from one clock for all who share the database.
    """
    if not limits or wanted <= 0:
        return Grant(max(wanted, 0))
    _lock(connection)
    minute = _minute(real_now)
    _tidy(connection, minute)
    grants = [
        _in_minutes(connection, limit - (limit // _SPARE if bulk else 0), minutes, wanted, real_now)
        for limit, minutes in ((limits.per_hour, _HOUR), (limits.per_day, _DAY))
        if limit
    ]
    pace = _Pace.of(connection, limits.per_second, real_now) if limits.per_second else None
    if pace is not None:
        grants.append(pace.grant(wanted))
    granted = Grant(min(grant.count for grant in grants), max(grant.wait for grant in grants))
    if granted.count:
        _count(connection, minute, granted.count)
        if pace is not None:
            pace.take(connection, granted.count)
    return granted


@dataclass(frozen=True, slots=True)
class _Pace:
    """The row of the second: when the next mail is due if all went out evenly."""

    now: datetime
    interval: timedelta
    ahead: timedelta
    """How far ahead of the clock the row may be: what may go out at once."""
    arrival: datetime

    @classmethod
    def of(cls, connection: Connection, per_second: int, now: datetime) -> _Pace:
        lot = Limits(per_second).lot
        # Rounded up, and slower by a lot: so not even a second that begins with one has more.
        interval = timedelta(microseconds=-(-1_000_000 // (per_second - lot + 1)))
        ahead = lot * interval
        arrival = connection.execute(select(send_pace.c.arrival)).scalar_one()
        if arrival <= now + ahead + _SKEW:
            return cls(now, interval, ahead, max(arrival, now))
        pace = cls(now, interval, ahead, now + ahead)  # a clock was put back: no wait beyond the usual one
        pace.take(connection, 0)
        return pace

    def grant(self, wanted: int) -> Grant:
        free = (self.now + self.ahead - self.arrival) // self.interval
        if free > 0:
            return Grant(min(free, wanted))
        lot = min(wanted * self.interval, self.ahead)
        return Grant(0, self.arrival + lot - self.ahead - self.now)

    def take(self, connection: Connection, count: int) -> None:
        connection.execute(update(send_pace).values(arrival=self.arrival + count * self.interval))


def _in_minutes(connection: Connection, limit: int, minutes: int, wanted: int, now: datetime) -> Grant:
    """What is left of a limit for so many minutes."""
    first = _minute(now) - minutes - _LATE
    left = limit - _sum(connection, first)
    if left > 0:
        return Grant(min(left, wanted))
    query = select(send_minutes.c.minute, send_minutes.c.count).where(send_minutes.c.minute >= first)
    for minute, count in connection.execute(query.order_by(send_minutes.c.minute)):
        left += count
        if left > 0:
            return Grant(0, _instant(minute + minutes + _LATE + 1) - now)
    raise AssertionError("a limit is at least 1, so what used it up will leave its span")


def _lock(connection: Connection) -> None:
    """Makes others who reserve wait for the end of this transaction."""
    locking = update(send_pace).values(arrival=send_pace.c.arrival)
    if connection.execute(locking).rowcount == 0:
        connection.execute(text("INSERT INTO send_pace (key, arrival) VALUES (1, 0) ON CONFLICT DO NOTHING"))
        connection.execute(locking)


def _tidy(connection: Connection, minute: int) -> None:
    """Forgets what is older than a day; what a clock ahead of this one left counts as sent now."""
    connection.execute(delete(send_minutes).where(send_minutes.c.minute < minute - _DAY - _LATE))
    if ahead := _sum(connection, minute + 1):
        connection.execute(delete(send_minutes).where(send_minutes.c.minute > minute))
        _count(connection, minute, ahead)


def _count(connection: Connection, minute: int, count: int) -> None:
    this = update(send_minutes).where(send_minutes.c.minute == minute)
    if connection.execute(this.values(count=send_minutes.c.count + count)).rowcount == 0:
        connection.execute(insert(send_minutes).values(minute=minute, count=count))


def _sum(connection: Connection, first: int) -> int:
    query = select(func.coalesce(func.sum(send_minutes.c.count), 0)).where(send_minutes.c.minute >= first)
    return int(connection.execute(query).scalar_one())


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _minute(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(minutes=1)


def _instant(minute: int) -> datetime:
    return _EPOCH + timedelta(minutes=minute)
