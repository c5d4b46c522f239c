"""Connections are shared out among relays by weight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.delivery.shares import Claimant, shares

MANY = 1000
claimants = st.builds(Claimant, st.integers(1, 100), st.integers(0, 40))


@pytest.mark.parametrize(
    ("total", "relays", "expected"),
    [
        (16, [Claimant(1, MANY)], [16]),
        (16, [Claimant(3, MANY), Claimant(1, MANY)], [12, 4]),
        (16, [Claimant(3, 5), Claimant(1, MANY)], [5, 11]),
        (16, [Claimant(3, 0), Claimant(1, MANY)], [0, 16]),
        (16, [Claimant(100, MANY), Claimant(1, MANY)], [15, 1]),
        (1, [Claimant(1, MANY), Claimant(2, MANY)], [0, 1]),
        (8, [Claimant(1, 2), Claimant(1, 3)], [2, 3]),
        (8, [], []),
    ],
)
def test_by_weight_within_what_each_may_have(total: int, relays: list[Claimant], expected: list[int]) -> None:
    assert shares(total, relays) == expected


@given(st.integers(0, 64), st.lists(claimants, max_size=6))
def test_nothing_is_left_over_that_somebody_may_have(total: int, relays: list[Claimant]) -> None:
    found = shares(total, relays)
    assert sum(found) == min(total, sum(relay.most for relay in relays))
    assert all(0 <= have <= relay.most for have, relay in zip(found, relays, strict=True))


@given(st.integers(0, 64), st.lists(claimants, max_size=6))
def test_everybody_who_may_has_one_where_there_are_enough(total: int, relays: list[Claimant]) -> None:
    found = shares(total, relays)
    working = [have for have, relay in zip(found, relays, strict=True) if relay.most]
    if total >= len(working):
        assert all(working)


@given(st.integers(0, 64), st.lists(claimants, min_size=1, max_size=6))
def test_one_more_connection_takes_none_from_anybody(total: int, relays: list[Claimant]) -> None:
    before, after = shares(total, relays), shares(total + 1, relays)
    assert all(b <= a for b, a in zip(before, after, strict=True))
