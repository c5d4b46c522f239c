"""Dates are understood as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.posts.dates import read_date

TOKYO = ZoneInfo("Asia/Tokyo")
MIDNIGHT = datetime(2025, 9, 13, 15, tzinfo=UTC)
HALF_PAST_SIX = datetime(2025, 9, 14, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-14",
        "2025-9-14",
        "2025/09/14",
        "2025.9.14",
        "20250914",
        "2025年9月14日",
        "２０２５年９月１４日",
        "14 September 2025",
        "14 Sep 2025",
        "September 14, 2025",
        "Sep. 14th, 2025",
        "Sunday, September 14, 2025",
    ],
)
def test_days_are_midnights_of_the_site(text: str) -> None:
    assert read_date(text, TOKYO) == MIDNIGHT


@pytest.mark.parametrize(
    "text",
    [
        "2025-09-14 18:30:00 +0900",
        "2025-09-14T18:30:00+09:00",
        "2025-09-14T09:30:00Z",
        "2025-09-14 09:30:00.123 UTC",
        "2025-09-14 18:30",
        "2025-09-14 18:30.000000000 +09:00",
        "2025-09-14T18:30",
        "2025/09/14 6:30 PM",
        "2025-09-14 18:30 JST",
        "2025-09-14 18:30 Asia/Tokyo",
        "Sun, 14 Sep 2025 09:30:00 GMT",
        "Sun, 14 Sep 2025 05:30:00 -0400 (EDT)",
        "September 14, 2025 at 6:30 p.m.",
        "2025年9月14日 18:30",
    ],
)
def test_moments_are_read_with_their_zone_or_the_sites(text: str) -> None:
    assert read_date(text, TOKYO) == HALF_PAST_SIX


def test_exact_times_without_a_zone_are_utc_for_jekyll() -> None:
    assert read_date("2025-09-14 09:30:00", TOKYO, exact_is_utc=True) == HALF_PAST_SIX
    assert read_date("2025-09-14 18:30", TOKYO, exact_is_utc=True) == HALF_PAST_SIX
    assert read_date("2025-09-14 18:30:00", TOKYO) == HALF_PAST_SIX


def test_midnight_may_be_called_24() -> None:
    assert read_date("2025-09-13 24:00", TOKYO) == MIDNIGHT


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-13-01",
        "2025-00-10",
        "2025-09-31 10:00",
        "2025-09-14 25:00",
        "2025-09-14 10:61",
        "2025-09-14 13:00 PM",
        "0001-01-01 00:00:00 +0900",
        "9999-12-31 23:00 -12:00",
        "2025-09-14 10:00 +99:00",
    ],
)
def test_dates_that_do_not_exist_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no date that exists"):
        read_date(text, TOKYO)


@pytest.mark.parametrize("text", ["", "きのう", "2025", "2025-09", "14/09/2025", "09-14-2025", "1757824562"])
def test_what_is_not_a_date_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        read_date(text, TOKYO)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("03/04/2025", "that has one meaning; write it 2025-04-03 or 2025-03-04"),
        ("3.4.2025 10:00", "that has one meaning; write it 2025-04-03 or 2025-03-04"),
        ("14/09/2025", "; write it 2025-09-14"),
        ("05/05/2025", "; write it 2025-05-05"),
        ("99/99/2025", "; write it like 2025-09-14 18:30:00 +0900"),
    ],
)
def test_days_and_months_in_figures_are_asked_about(text: str, advice: str) -> None:
    with pytest.raises(ValueError, match=r"is not a date") as refused:
        read_date(text, TOKYO)
    assert str(refused.value).endswith(advice)


def test_an_abbreviation_of_several_zones_is_the_sites_own_or_nobodys() -> None:
    shanghai, chicago = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Chicago")
    assert read_date("2025-01-02 10:00 CST", shanghai) == datetime(2025, 1, 2, 2, tzinfo=UTC)
    assert read_date("2025-01-02 10:00 CST", chicago) == datetime(2025, 1, 2, 16, tzinfo=UTC)
    with pytest.raises(ValueError, match=r"is one of several; write -0600 or \+0800 for CST"):
        read_date("2025-01-02 10:00 CST", TOKYO)


@given(
    st.text(max_size=60)
    | st.from_regex(r"[0-9]{1,5}[-/.年][0-9]{1,3}[-/.月][0-9]{1,3}[ T日]?[0-9: +A-Z-]{0,16}")
)
@example("2025-09-14 10:00 ../../etc")
@example("2025-09-14 10:00 Asia/Nowhere")
@example("2025-09-14 10:00 Asia/")
def test_any_text_is_a_moment_or_an_error_that_says_so(text: str) -> None:
    try:
        moment = read_date(text, TOKYO)
    except ValueError:
        return
    assert moment.tzinfo is UTC


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(TOKYO)))
def test_what_isoformat_writes_is_read_back(moment: datetime) -> None:
    assert read_date(moment.isoformat(), UTC) == moment.astimezone(UTC).replace(microsecond=0)
