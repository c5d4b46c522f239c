"""When an address that bounces softly is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.model.bounce import ISSUES, SPAN, BounceKind, Past, failed, worn_out
from feeds.model.status import Blame, Status

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
DAY = timedelta(days=1)
SOFT = BounceKind.SOFT


def came_back(*days_ago: float) -> list[Past]:
    return [Past(NOW - days * DAY, SOFT) for days in days_ago]


def test_five_weekly_issues_in_a_row_are_enough() -> None:
    assert worn_out(came_back(0, 7, 14, 21, 28), NOW)
    assert not worn_out(came_back(0, 7, 14, 21), NOW)


def test_a_mailbox_that_is_full_for_a_holiday_stays() -> None:
    assert not worn_out(came_back(*range(13)), NOW)
    assert worn_out(came_back(*range(15)), NOW)


def test_one_that_arrived_ends_the_row() -> None:
    row = came_back(0, 7, 14, 21, 28)
    assert not worn_out([*row[:3], Past(NOW - 17 * DAY), *row[3:]], NOW)


def test_one_that_may_still_come_back_does_not() -> None:
    assert worn_out([Past(NOW - 2 * DAY), *came_back(7, 14, 21, 28, 35)], NOW)


def test_a_refusal_by_policy_neither_counts_nor_arrived() -> None:
    row = came_back(0, 7, 14, 21, 28)
    assert worn_out([*row[:3], Past(NOW - 17 * DAY, BounceKind.REFUSED), *row[3:]], NOW)
    assert not worn_out([*row[:4], Past(NOW - 28 * DAY, BounceKind.REFUSED)], NOW)


def test_what_is_long_ago_is_forgotten() -> None:
    assert not worn_out(came_back(0, 30, 60, 88, 95), NOW)


@given(st.lists(st.tuples(st.integers(0, 120), st.sampled_from([None, *BounceKind])), max_size=30))
def test_nobody_is_given_up_for_less(mails: list[tuple[int, BounceKind | None]]) -> None:
    past = [Past(NOW - days * DAY, kind) for days, kind in sorted(mails, key=lambda mail: mail[0])]
    soft = [mail.sent for mail in past if mail.bounced is SOFT]
    if worn_out(past, NOW):
        assert len(soft) >= ISSUES
        assert max(soft) - min(soft) >= SPAN


def test_a_status_blames_as_a_reply_does() -> None:
    blames = {
        Blame.ADDRESS: ["5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"],
        Blame.SENDER: ["5.7.1", "5.7.26", "5.7.515", "5.1.7", "5.1.8"],
        Blame.MESSAGE: ["5.6.0", "5.3.4", "5.2.3"],
        Blame.NOBODY: ["5.2.2", "5.4.7", "5.0.0", "5.4.1"],
    }
    for blame, texts in blames.items():
        for text in texts:
            status = Status.find(text)
            assert status is not None
            assert (status.blame, str(status)) == (blame, text)
    assert failed(Status(4, 1, 1)).kind is SOFT  # whatever it blames, it is not for good


def test_an_ip_address_is_no_status() -> None:
    assert Status.find("from 5.1.1.1 and 25.1.1, 5.1.12345") is None
    assert str(Status.find("550-5.1.1 x")) == "5.1.1"
    assert str(Status.find("(#5.1.1)")) == "5.1.1"
