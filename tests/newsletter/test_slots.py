"""Slots: one for each local period, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model.subscriber import Cadence
from feeds.newsletter.slots import latest_slot, next_slot

ZONES = ["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "Pacific/Apia", "UTC"]
NEW_YORK = "America/New_York"

zones = st.sampled_from(ZONES)
hours = st.integers(0, 23)
weekdays = st.integers(0, 6)
cadences = st.sampled_from([Cadence.DAILY, Cadence.WEEKLY])
instants = st.datetimes(datetime(2015, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@given(cadences, zones, hours, weekdays, instants)
def test_now_lies_between_the_latest_slot_and_the_next(
    cadence: Cadence, zone: str, hour: int, weekday: int, now: datetime
) -> None:
    latest = latest_slot(cadence, zone, hour, weekday, now)
    following = next_slot(cadence, zone, hour, weekday, now)
    assert latest.due <= now < following.due
    assert latest.period < following.period
    assert latest.due.tzinfo is UTC


@given(cadences, zones, hours, weekdays, instants)
def test_nothing_lies_between_a_slot_and_the_next(
    cadence: Cadence, zone: str, hour: int, weekday: int, now: datetime
) -> None:
    following = next_slot(cadence, zone, hour, weekday, now)
    assert latest_slot(cadence, zone, hour, weekday, following.due) == following
    just_before = latest_slot(cadence, zone, hour, weekday, following.due - timedelta(microseconds=1))
    assert just_before == latest_slot(cadence, zone, hour, weekday, now)


@given(zones, hours, instants, st.lists(st.integers(1, 40), min_size=60, max_size=60))
def test_each_day_has_one_slot_however_now_moves(
    zone: str, hour: int, start: datetime, steps: list[int]
) -> None:
    seen: dict[str, datetime] = {}
    now = start
    for step in steps:
        now += timedelta(minutes=step * 17)
        slot = latest_slot(Cadence.DAILY, zone, hour, -1, now)
        assert seen.setdefault(slot.period, slot.due) == slot.due
    days = sorted(datetime.fromisoformat(period).date() for period in seen)
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]


@given(zones, hours, weekdays, instants)
def test_a_slot_is_due_at_its_local_hour_or_right_after_a_gap(
    zone: str, hour: int, weekday: int, now: datetime
) -> None:
    slot = latest_slot(Cadence.WEEKLY, zone, hour, weekday, now)
    local = slot.due.astimezone(ZoneInfo(zone))
    year, week, _ = local.isocalendar()
    assert (slot.period, local.weekday()) == (f"{year}-W{week:02}", weekday)
    second_before = (slot.due - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    in_gap = second_before.utcoffset() != local.utcoffset()
    assert (local.hour, local.minute) == (hour, 0) or in_gap


@pytest.mark.parametrize(
    ("zone", "hour", "day", "due"),
    [
        ("Asia/Tokyo", 7, utc(2026, 11, 23), utc(2026, 11, 22, 22)),
        (NEW_YORK, 1, utc(2026, 11, 1), utc(2026, 11, 1, 5)),  # 01:00 comes twice: the first
        (NEW_YORK, 2, utc(2026, 3, 8), utc(2026, 3, 8, 7)),  # there is no 02:00: 03:00 EDT
        (NEW_YORK, 3, utc(2026, 3, 8), utc(2026, 3, 8, 7)),
        ("Australia/Lord_Howe", 2, utc(2026, 10, 4), utc(2026, 10, 3, 15, 30)),  # 02:00 to 02:30 is missing
        ("Australia/Lord_Howe", 1, utc(2026, 4, 5), utc(2026, 4, 4, 14)),  # 01:30 to 02:00 comes twice
    ],
)
def test_daily_slots_in_nights_when_clocks_change(zone: str, hour: int, day: datetime, due: datetime) -> None:
    slot = latest_slot(Cadence.DAILY, zone, hour, -1, due)
    assert (slot.period, slot.due) == (f"{day:%Y-%m-%d}", due)


def test_the_night_with_two_half_past_ones_has_one_slot() -> None:
    quarter_hours = [utc(2026, 11, 1, 3) + timedelta(minutes=15 * n) for n in range(24)]
    slots = {latest_slot(Cadence.DAILY, NEW_YORK, 1, -1, now) for now in quarter_hours}
    assert sorted(slot.period for slot in slots) == ["2026-10-31", "2026-11-01"]


def test_a_day_that_a_country_skipped_disturbs_nothing() -> None:
    now = utc(2011, 12, 28)  # Samoa went from 29 to 31 December
    dues = []
    for _ in range(6):
        slot = next_slot(Cadence.DAILY, "Pacific/Apia", 7, -1, now)
        now = slot.due
        dues.append(now)
    assert dues == sorted(set(dues))


def test_weeks_are_iso_weeks() -> None:
    slot = latest_slot(Cadence.WEEKLY, "Asia/Tokyo", 7, 4, utc(2027, 1, 2))
    assert slot.period == "2026-W53"
    assert slot.weekday == 4


def test_mail_for_each_post_has_no_slots() -> None:
    with pytest.raises(ValueError, match="no slots"):
        latest_slot(Cadence.EACH, "UTC", 7, 0, utc(2026, 1, 1))
