"""Pausing, resuming and cancelling an issue in the middle of a send, and holding a post that it carried."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from feeds.errors import UsageError
from feeds.model.issue import DeliveryState
from feeds.model.report import IssueSummary
from tests.actions.test_mailing import SETTLED, join, mails, settle, write
from tests.machine.failures import Fault
from tests.machine.world import World

pytestmark = pytest.mark.databases

READERS = tuple(f"r{number}" for number in range(10))


@pytest.fixture
def ready(world: World) -> World:
    """Ten readers, and a post that the next tick mails."""
    world.service.tick()
    for name in READERS:
        join(world, name)
    write(world, 1)
    world.service.tick()
    world.now += SETTLED
    return world


def during(world: World, message: int, act: Callable[[int], IssueSummary]) -> IssueSummary:
    """What the verb said that the owner used while the so-manieth message was on the wire."""
    said: list[IssueSummary] = []

    def on_send() -> None:
        if len(world.wire.attempts) == message and not said:
            said.append(act(world.service.issues()[0].key))

    world.wire.on_send = on_send
    world.service.tick()
    world.wire.on_send = lambda: None
    return said[0]


def numbers(issue: IssueSummary) -> tuple[str, int, int, int]:
    return issue.state, issue.sent, issue.inflight, issue.waiting


def test_a_pause_stops_every_message_whose_intent_comes_later_and_knows_who_had_it(ready: World) -> None:
    said = during(ready, 4, ready.service.pause)
    assert numbers(said) == ("paused", 3, 1, 6)
    assert len(mails(ready)) == 4  # the one in flight finished
    assert numbers(ready.service.issue(said.key)) == ("paused", 4, 0, 6)
    ready.service.tick()
    assert mails(ready) == []
    assert ready.service.anything_to_send() is False  # so a daemon does not try again and again
    had = {line.email for line in ready.service.deliveries(said.key, [DeliveryState.SENT])}
    assert len(had) == 4


def test_a_resumed_issue_goes_on_with_those_who_did_not_get_it(ready: World) -> None:
    issue = during(ready, 4, ready.service.pause).key
    first = mails(ready)
    assert ready.service.resume(issue).state == "open"
    ready.service.tick()
    assert sorted(first + mails(ready)) == [(name, (1,)) for name in READERS]
    assert numbers(ready.service.issue(issue)) == ("finished", 10, 0, 0)


def test_an_issue_paused_after_its_last_message_is_finished_by_resume(ready: World) -> None:
    issue = during(ready, 10, ready.service.pause).key
    assert numbers(ready.service.issue(issue)) == ("paused", 10, 0, 0)
    assert ready.service.resume(issue).state == "finished"


def test_a_cancelled_issue_ends_when_what_was_in_flight_is_settled(ready: World) -> None:
    said = during(ready, 4, ready.service.cancel)
    assert numbers(said) == ("cancelling", 3, 1, 0)
    assert said.counts[DeliveryState.CANCELLED] == 6
    after = ready.service.issue(said.key)
    assert numbers(after) == ("cancelled", 4, 0, 0)
    assert sum(after.counts.values()) == after.audience == 10


def test_what_a_cancelled_issue_did_not_bring_the_next_one_brings(ready: World) -> None:
    during(ready, 4, ready.service.cancel)
    had = {name for name, _ in mails(ready)}
    ready.service.tick()
    assert mails(ready) == []  # not at once: with the next issue
    write(ready, 2)
    settle(ready)
    got = dict(mails(ready))
    assert {name for name, posts in got.items() if posts == (2,)} == had
    assert {name for name, posts in got.items() if posts == (2, 1)} == set(READERS) - had


@pytest.mark.parametrize("fault", [Fault.DEFER, Fault.REFUSE])
def test_a_message_that_comes_back_from_the_wire_of_a_cancelled_issue_is_cancelled(
    ready: World, fault: Fault
) -> None:
    ready.wire.faults = dict.fromkeys([f"{name}@example.org" for name in READERS], fault)
    issue = during(ready, 1, ready.service.cancel).key
    after = ready.service.issue(issue)
    assert numbers(after) == ("cancelled", 0, 0, 0)
    assert after.counts[DeliveryState.CANCELLED] == 10


def test_a_message_in_doubt_is_unknown_in_a_cancelled_issue_and_comes_to_nobody_twice(ready: World) -> None:
    ready.wire.faults = {f"{name}@example.org": Fault.ARRIVED for name in READERS}
    ready.service.tick()
    (issue,) = (each.key for each in ready.service.issues())
    arrived = mails(ready)
    ready.wire.faults = {}
    after = ready.service.cancel(issue)
    assert (after.state, after.counts[DeliveryState.UNKNOWN]) == ("cancelled", 10)
    write(ready, 2)
    settle(ready)
    assert len(arrived) == 10
    assert sorted(mails(ready)) == [(name, (2,)) for name in READERS]


def test_after_a_crash_a_cancelled_issue_ends_with_the_next_run(ready: World) -> None:
    def on_send() -> None:
        if len(ready.wire.attempts) == 4:
            ready.service.cancel(ready.service.issues()[0].key)
            ready.power.fail()

    ready.wire.on_send = on_send
    ready.run(ready.service.tick)
    ready.wire.on_send = lambda: None
    (issue,) = ready.service.issues()
    assert numbers(issue) == ("cancelling", 3, 1, 0)
    assert ready.service.anything_to_send()
    ready.service.deliver()
    after = ready.service.issue(issue.key)
    assert (numbers(after), after.counts[DeliveryState.UNKNOWN]) == (("cancelled", 3, 0, 0), 1)


def test_an_issue_that_ended_cannot_be_stopped(ready: World) -> None:
    ready.service.tick()
    (issue,) = (each.key for each in ready.service.issues())
    for verb in (ready.service.pause, ready.service.cancel):
        with pytest.raises(UsageError, match="it is finished"):
            verb(issue)
    with pytest.raises(UsageError, match="is not paused"):
        ready.service.resume(issue)
    with pytest.raises(UsageError, match="there is no issue 77"):
        ready.service.pause(77)


def test_the_reason_is_kept(ready: World) -> None:
    issue = during(ready, 1, lambda key: ready.service.pause(key, "wrong link")).key
    assert ready.service.issue(issue).trouble == "wrong link"
    assert ready.service.pause(issue).trouble == "wrong link"
    ready.service.cancel(issue, "it was the wrong post")
    assert ready.service.issue(issue).trouble == "it was the wrong post"
    assert {line.reply for line in ready.service.deliveries(issue, [DeliveryState.CANCELLED])} == {
        "it was the wrong post"
    }


# A wrong post ------------------------------------------------------------------------------------


def test_a_wrong_post_that_some_had_comes_to_the_others_once_it_is_right(ready: World) -> None:
    issue = during(ready, 4, ready.service.pause).key
    had = {name for name, _ in mails(ready)}
    assert ready.service.still_bringing(["p1.md"]) == {issue: ("paused", 6)}
    ready.service.hold(["p1.md"])
    ready.service.cancel(issue)
    ready.service.tick()
    assert mails(ready) == []
    ready.service.release(["p1.md"])
    ready.service.tick()
    assert mails(ready) == []  # with their next issue
    write(ready, 2)
    settle(ready)
    got = dict(mails(ready))
    assert {name for name, posts in got.items() if 1 in posts} == set(READERS) - had
    assert all(2 in posts for posts in got.values())


def test_a_wrong_post_that_nobody_had_is_new_to_everybody_when_it_is_released(ready: World) -> None:
    ready.service.build()
    (issue,) = ready.service.compose()  # and nothing of it is sent
    ready.service.hold(["p1.md"])
    ready.service.cancel(issue)
    write(ready, 2)
    settle(ready)
    assert sorted(mails(ready)) == [(name, (2,)) for name in READERS]
    ready.service.release(["p1.md"])
    ready.service.tick()
    assert sorted(mails(ready)) == [(name, (1,)) for name in READERS]
    ready.now += timedelta(days=1)
    ready.service.tick()
    assert mails(ready) == []


def test_a_post_that_somebody_may_have_is_not_new_to_them_when_it_is_released(ready: World) -> None:
    ready.wire.faults = {"r0@example.org": Fault.ARRIVED}
    issue = during(ready, 1, ready.service.pause).key
    assert mails(ready) == [("r0", (1,))]
    ready.wire.faults = {}
    ready.service.hold(["p1.md"])
    ready.service.cancel(issue)
    ready.service.release(["p1.md"])
    write(ready, 2)
    settle(ready)
    assert dict(mails(ready)) == {name: (2,) if name == "r0" else (2, 1) for name in READERS}
