"""Holding, composing and delivering, on the facts that a longer story would hide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feeds.actions.deliver import back_off, settlement
from feeds.errors import UsageError
from feeds.model.issue import DeliveryState
from feeds.model.message import Deferred, Outcome, Refused, Rejected, Sent, Unknown
from feeds.model.subscriber import Cadence
from feeds.newsletter.tokens import Purpose
from tests.machine.failures import Attempt, Fault
from tests.machine.world import World, address, read_mail

pytestmark = pytest.mark.databases

DAY = timedelta(days=1)
SETTLED = timedelta(minutes=10)


def write(world: World, number: int, more: str = "") -> None:
    date = f"{world.now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    world.put(f"p{number}.md", f"---\ntitle: mark{number}x\ndate: {date}\n{more}---\nBody {number}.\n")


def join(world: World, name: str, cadence: Cadence = Cadence.EACH) -> None:
    assert world.service.add_subscriber(address(name), cadence=cadence, confirmed=True)[0] == "added"


def mails(world: World) -> list[tuple[str, tuple[int, ...]]]:
    """Who got which posts since the last question."""
    sent = [
        (a.address.partition("@")[0], read_mail(a.body).markers)
        for a in world.wire.attempts
        if isinstance(a, Attempt) and a.arrived
    ]
    world.wire.attempts.clear()
    return sent


def settle(world: World) -> None:
    world.service.tick()
    world.now += SETTLED
    world.service.tick()


def test_a_held_post_goes_out_when_it_is_released(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    world.service.tick()
    assert world.service.hold(["p1.md"]) == ("p1.md",)
    world.now += SETTLED
    world.service.tick()
    assert (mails(world), world.service.held()) == ([], ("p1.md",))
    world.service.release(["p1"])
    world.service.tick()
    assert mails(world) == [("ann", (1,))]


def test_a_post_that_says_no_newsletter_is_not_mailed_by_a_release(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1, "newsletter: false\n")
    settle(world)
    world.service.hold(["p1.md"])
    world.service.release(["p1.md"])
    settle(world)
    assert mails(world) == []


def test_holding_an_unknown_post_says_so(world: World) -> None:
    with pytest.raises(UsageError, match="no post has"):
        world.service.hold(["nothing"])


def test_two_issues_of_cadence_each_can_be_composed_at_one_instant(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    write(world, 2)
    world.service.tick()
    world.service.hold(["p2.md"])
    world.now += SETTLED
    world.service.tick()
    world.service.release(["p2.md"])
    world.service.tick()
    assert mails(world) == [("ann", (1,)), ("ann", (2,))]


def test_daily_readers_with_different_weekdays_share_one_slot(world: World) -> None:
    world.service.tick()
    for name, weekday in (("ann", 0), ("ben", 3)):
        join(world, name, Cadence.DAILY)
        subscriber = world.service.subscriber(address(name))
        assert subscriber is not None
        token = world.service.signer.token(Purpose.PREFERENCES, subscriber.key, 0, world.now)
        chosen = {"cadence": Cadence.DAILY, "language": "en", "hour": 7, "zone": "UTC"}
        world.service.choose(token, topics=[], weekday=weekday, **chosen)
    write(world, 1)
    settle(world)
    world.now += DAY
    world.service.tick()
    assert mails(world) == [("ann", (1,)), ("ben", (1,))]
    assert [issue.audience for issue in world.service.issues()] == [2]


def test_a_refusal_after_a_copy_that_may_have_arrived_brings_no_second_copy(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    for fault in (None, Fault.ARRIVED, Fault.REJECT):
        world.wire.faults = {"ann@example.org": fault} if fault else {}
        world.service.tick()
        world.now += SETTLED
    world.wire.faults = {}
    write(world, 2)
    settle(world)
    assert mails(world) == [("ann", (1,)), ("ann", (2,))]


def test_what_a_refused_mail_did_not_bring_the_next_one_brings(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    world.service.tick()
    world.wire.faults = {"ann@example.org": Fault.REJECT}
    world.now += SETTLED
    world.service.tick()
    world.wire.faults = {}
    write(world, 2)
    settle(world)
    assert mails(world) == [("ann", (2, 1))]


def test_a_relay_that_refuses_us_pauses_the_issue_until_it_is_resumed(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    world.service.tick()
    world.wire.faults = {"ann@example.org": Fault.REFUSE}
    world.now += SETTLED
    (issue,) = world.service.tick().composed
    world.wire.faults = {}
    world.service.tick()
    assert mails(world) == []
    world.service.resume(issue)
    world.service.tick()
    assert mails(world) == [("ann", (1,))]


REAL = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("outcome", "hold", "state", "again"),
    [
        (Sent("250"), False, DeliveryState.SENT, False),
        (Rejected("550"), False, DeliveryState.REJECTED, False),
        (Refused("550 5.7.1"), False, DeliveryState.PENDING, False),
        (Deferred("451"), False, DeliveryState.DEFERRED, True),
        (Unknown("gone"), False, DeliveryState.DEFERRED, True),
        (Unknown("gone"), True, DeliveryState.UNKNOWN, False),
    ],
)
def test_every_outcome_leads_to_one_state(
    outcome: Outcome, hold: bool, state: DeliveryState, again: bool
) -> None:
    settled = settlement((1, 1), outcome, 3, hold_unknown=hold, real_now=REAL)
    assert (settled.state, settled.next_at is not None) == (state, again)
    assert settled.doubt == isinstance(outcome, Unknown)


def test_deferred_mails_are_given_up_after_two_days_or_so() -> None:
    settled = settlement((1, 1), Deferred("451 full"), 48, hold_unknown=False, real_now=REAL)
    assert settled.state is DeliveryState.REJECTED
    assert "451 full" in settled.reply


def test_the_wait_grows_up_to_an_hour() -> None:
    assert back_off(1) == timedelta(0)
    assert timedelta(seconds=45) <= back_off(2) <= timedelta(seconds=75)
    assert timedelta(minutes=45) <= back_off(40) <= timedelta(minutes=75)


def test_a_reader_whose_delivery_failed_costs_no_rendering_at_every_beat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    settle(world)
    with world.service.database.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'rejected'")
        connection.exec_driver_sql("UPDATE subscribers SET watermark = 0")
    written: list[object] = []
    monkeypatch.setattr(world.service, "write_edition", written.append)
    assert world.service.compose() == ()
    assert written == []


def test_without_an_address_for_bounces_all_mail_has_the_senders_envelope(world: World) -> None:
    world.service.tick()
    join(world, "ann")
    write(world, 1)
    settle(world)
    assert {a.sender for a in world.wire.attempts if isinstance(a, Attempt)} == {"t@example.org"}
