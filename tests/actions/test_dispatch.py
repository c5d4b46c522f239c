"""A commit of the ledger, in either database: outcomes are their own readers', and intents are asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from feeds.model.issue import DeliveryState, Ref
from feeds.store.dispatch import Dispatch
from feeds.store.ledger import Settlement, lines
from tests.actions.test_limits import issue_to, limited
from tests.machine.world import World, address

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SENT, DEFERRED, REJECTED = DeliveryState.SENT, DeliveryState.DEFERRED, DeliveryState.REJECTED


def begun(world: World, readers: int) -> tuple[Dispatch, list[Ref]]:
    """A run that has claimed an issue to so many readers."""
    issue_to(world, readers)
    limited(world, "unknown = 'resend'")
    world.service.build()
    assert world.service.compose()
    dispatch = world.service.database.dispatch()
    with dispatch.claiming(reserves=False) as connection:
        refs = [due.ref for due in dispatch.due(connection, (0, 0), 100, NOW)]
    assert len(refs) == readers
    return dispatch, refs


def states(world: World, issue: int) -> list[tuple[str, str]]:
    """State and reply by reader, in the order of their keys."""
    with world.service.database.read() as connection:
        rows = sorted(lines(connection, issue))
    return [(row[2].value, row[4]) for row in rows]


def test_outcomes_of_one_commit_are_each_their_readers_in_whatever_order(world: World) -> None:
    dispatch, refs = begun(world, 6)
    assert dispatch.commit([], refs, NOW) == set(refs)
    kinds = (SENT, DEFERRED, REJECTED)
    outcomes = [Settlement(ref, kinds[n % 3], f"reply {n}") for n, ref in enumerate(refs)]
    assert dispatch.commit([outcomes[n] for n in (5, 0, 3, 1, 4, 2)], [], NOW) == set()
    expected = [(kinds[n % 3].value, f"reply {n}") for n in range(6)]
    assert states(world, refs[0][0]) == expected


def test_of_the_intents_of_one_commit_those_stand_whose_readers_stayed(world: World) -> None:
    dispatch, refs = begun(world, 6)
    with world.service.database.read() as connection:
        emails = {row[0]: row[1] for row in lines(connection, refs[0][0])}
    world.service.remove_subscriber(address(emails[refs[2][1]].partition("@")[0]))
    stands = dispatch.commit([], refs, NOW)
    assert stands == set(refs) - {refs[2]}
    outcome = Settlement(refs[0], SENT, "250 ok")
    assert dispatch.commit([outcome], [refs[1]], NOW) == set(), "an intent is asked for once"
    assert [state for state, _ in states(world, refs[0][0])] == [
        "sent", "inflight", "cancelled", "inflight", "inflight", "inflight",
    ]  # fmt: skip
