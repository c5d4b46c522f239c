"""Slots: when the mail of a cadence is due, for one choice of zone, hour and weekday.

A slot belongs to a local period (a day, an ISO week) and not to an interval, so that a night with two
01:30 has one slot and a night without 02:30 has one too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from feeds.model.issue import Slot
from feeds.model.subscriber import Cadence

_DAY = timedelta(days=1)


def latest_slot(cadence: Cadence, zone: str, hour: int, weekday: int, now: datetime) -> Slot:
    """The newest slot that is due at ``now`` or was due before."""
    slots = _slots(cadence, zone, hour, weekday, now)
    return max((slot for slot in slots if slot.due <= now), key=lambda slot: (slot.due, slot.period))


def next_slot(cadence: Cadence, zone: str, hour: int, weekday: int, now: datetime) -> Slot:
    """The first slot that is due after ``now``."""
    slots = _slots(cadence, zone, hour, weekday, now)
    return min((slot for slot in slots if slot.due > now), key=lambda slot: (slot.due, slot.period))


def _slots(cadence: Cadence, zone: str, hour: int, weekday: int, now: datetime) -> Iterator[Slot]:
    """Slots on both sides of ``now``.

    A gap moves a slot by a day at most (Samoa had no 30 December 2011), hence two periods each way.
    """
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    if cadence is Cadence.DAILY:
        for days in range(-2, 3):
            day = today + days * _DAY
            yield Slot(cadence, zone, hour, -1, day.isoformat(), _instant(day, hour, place))
    elif cadence is Cadence.WEEKLY:
        this_week = today + (weekday - today.weekday()) * _DAY
        for weeks in range(-2, 3):
            day = this_week + 7 * weeks * _DAY
            year, week, _ = day.isocalendar()
            yield Slot(cadence, zone, hour, weekday, f"{year}-W{week:02}", _instant(day, hour, place))
    else:
        raise ValueError(f"cadence {cadence} has no slots")


def _instant(day: date, hour: int, place: ZoneInfo) -> datetime:
    """The UTC instant of this local hour: of two the first, and in a gap the first instant after it."""
    local = datetime.combine(day, time(hour), place)  # fold=0: the first of two
    instant = local.astimezone(UTC)
    if instant.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # PEP 495: in a gap, fold=0 counts with the offset before it and fold=1 with the one after,
    # so that the transition lies after the one instant and not after the other.
    before, after = local.replace(fold=1).astimezone(UTC), instant
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        passed = middle.astimezone(place).replace(tzinfo=None) >= local.replace(tzinfo=None)
        before, after = (before, middle) if passed else (middle, after)
    return after.replace(microsecond=0)
