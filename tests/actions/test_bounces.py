"""What comes back: which mail a report is about, and what follows for its reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.model.bounce import ISSUES, Receipt
from feeds.model.issue import DeliveryState
from feeds.model.subscriber import Cadence
from tests.bounces.samples import report
from tests.machine.failures import Attempt, Fault
from tests.machine.world import World, address, read_mail

pytestmark = pytest.mark.databases

SETTLED = timedelta(minutes=10)
BOUNCES = '[bounces]\naddress = "bounces@example.org"'


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    now = datetime(2026, 11, 23, 7, 1, tzinfo=UTC)
    world = World(tmp_path, now, unknown="resend", database=database_url, more=BOUNCES)
    yield world
    world.close()


def write(world: World, number: int) -> None:
    date = f"{world.now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    world.put(f"p{number}.md", f"---\ntitle: mark{number}x\ndate: {date}\n---\nBody {number}.\n")


def send(world: World, number: int, *names: str) -> list[Attempt]:
    """What is on the wire for the next issue, to readers who join for it."""
    world.service.tick()
    for name in names:
        world.service.add_subscriber(address(name), cadence=Cadence.EACH, confirmed=True)
    write(world, number)
    world.service.tick()
    world.now += SETTLED
    world.service.tick()
    attempts = [attempt for attempt in world.wire.attempts if isinstance(attempt, Attempt)]
    world.wire.attempts.clear()
    return attempts


def test_each_mail_has_an_envelope_sender_of_its_own_on_every_try(world: World) -> None:
    world.wire.faults["ann@example.org"] = Fault.DEFER
    first = send(world, 1, "ann", "bob")
    world.wire.faults.clear()
    world.now += timedelta(hours=1)
    world.service.tick()
    (again,) = [attempt for attempt in world.wire.attempts if isinstance(attempt, Attempt)]
    senders = {attempt.address: attempt.sender for attempt in first}
    assert (again.address, again.sender) == ("ann@example.org", senders["ann@example.org"])
    assert again.body == next(a.body for a in first if a.address == again.address)
    assert len(set(senders.values())) == 2
    for sender in senders.values():
        local, _, domain = sender.partition("@")
        assert local.startswith("bounces+")
        assert domain == "example.org"
        assert "ann" not in sender
        assert "bob" not in sender


def test_a_notice_has_one_too(world: World) -> None:
    world.service.tick()
    world.service.add_subscriber(address("ann"))
    world.service.tick()
    (notice,) = [attempt for attempt in world.wire.attempts if isinstance(attempt, Attempt)]
    token = notice.sender.removeprefix("bounces+").partition("@")[0]
    assert world.service.signer.bounced(token) == (0, 1)


def token_of(attempt: Attempt) -> str:
    return attempt.sender.removeprefix("bounces+").partition("@")[0]


def is_suppressed(world: World, name: str) -> bool:
    return world.service.suppression(address(name)) is not None


def receipts(world: World) -> dict[str, int]:
    return {str(receipt): number for receipt, number in world.service.receipts().items() if number}


@pytest.mark.parametrize("name", ["postfix", "gmail", "exchange", "sendmail", "carrier", "qmail"])
def test_a_hard_bounce_suppresses_the_reader_of_the_token(world: World, name: str) -> None:
    ann, bob = send(world, 1, "ann", "bob")
    received = world.service.receive(report(name, token_of(ann)))
    assert (received.receipt, received.suppressed) == (Receipt.HARD, True)
    assert (is_suppressed(world, "ann"), is_suppressed(world, "bob")) == (True, False)
    assert [a.address for a in send(world, 2)] == [bob.address]
    issue = world.service.issue(1)
    assert (issue.sent, issue.bounced, issue.complaints) == (2, 1, 0)  # that it was sent stays a fact
    lines = {line.email: line.bounce for line in world.service.deliveries(1)}
    assert lines["ann@example.org"].startswith("hard 5.1.1")
    assert lines["bob@example.org"] == ""


def test_a_report_counts_once_however_often_it_comes(world: World) -> None:
    (ann,) = send(world, 1, "ann")
    mail = report("postfix", token_of(ann))
    assert [world.service.receive(mail).receipt for _ in range(3)] == [Receipt.HARD, *[Receipt.AGAIN] * 2]
    assert world.service.issue(1).bounced == 1
    assert len(world.service.bounces(9)) == 1
    assert receipts(world) == {"hard": 1, "again": 2}


def test_the_pipes_word_for_the_recipient_is_enough(world: World) -> None:
    (ann,) = send(world, 1, "ann")
    mail = report("qmail", "0" * 42)
    assert world.service.receive(mail).receipt is Receipt.NO_TOKEN
    assert world.service.receive(mail, ann.sender.upper()).receipt is Receipt.HARD


@pytest.mark.parametrize("name", ["postfix", "gmail", "arf", "exchange", "carrier"])
def test_a_forged_token_changes_nothing_but_a_count(world: World, name: str) -> None:
    (ann,) = send(world, 1, "ann")
    forged = token_of(ann)[:-1] + ("0" if token_of(ann)[-1] != "0" else "1")
    before = world.tables()
    assert world.service.receive(report(name, forged, "<i1.s1.0123456789abcdef@example.org>")).receipt is (
        Receipt.NO_TOKEN
    )
    after = world.tables()
    assert after.pop("receipts") == [("no_token", 1)]
    assert before.pop("receipts") == []
    assert after == before


def test_what_a_report_says_of_addresses_counts_for_nothing(world: World) -> None:
    ann, bob = send(world, 1, "ann", "bob")
    mail = report("postfix", token_of(ann)).replace(b"gone@example.com", bob.address.encode())
    world.service.receive(mail)
    assert (is_suppressed(world, "ann"), is_suppressed(world, "bob")) == (True, False)


@pytest.mark.parametrize("name", ["gmail-policy", "postfix-expired", "vague"])
def test_policy_and_a_full_mailbox_suppress_nobody_at_once(world: World, name: str) -> None:
    (ann,) = send(world, 1, "ann")
    assert not world.service.receive(report(name, token_of(ann))).suppressed
    assert not is_suppressed(world, "ann")
    assert world.service.issue(1).bounced == 1
    assert len(send(world, 2)) == 1


@pytest.mark.parametrize("name", ["postfix-delayed", "vacation", "arf-not-spam"])
def test_what_is_no_failure_is_counted_and_nothing_else(world: World, name: str) -> None:
    (ann,) = send(world, 1, "ann")
    assert world.service.receive(report(name, token_of(ann))).subscriber == 0
    assert world.service.issue(1).bounced == 0
    assert not is_suppressed(world, "ann")


def test_issues_that_come_back_for_weeks_suppress(world: World) -> None:
    for number in range(1, ISSUES + 1):
        (ann,) = send(world, number, *(["ann"] if number == 1 else []))
        world.now += timedelta(days=1)
        received = world.service.receive(report("postfix-expired", token_of(ann)))
        assert received.suppressed == (number == ISSUES)
        world.now += timedelta(days=6)
    assert send(world, 9) == []


def test_an_issue_that_arrived_makes_good_what_came_back(world: World) -> None:
    for number in range(1, 2 * ISSUES):
        (ann,) = send(world, number, *(["ann"] if number == 1 else []))
        world.now += timedelta(days=7)
        if number != ISSUES:
            assert not world.service.receive(report("postfix-expired", token_of(ann))).suppressed


@pytest.mark.parametrize("name", ["arf", "arf-without-envelope", "arf-other-message-id"])
def test_a_complaint_suppresses_at_once_by_whatever_of_ours_is_left(world: World, name: str) -> None:
    ann, bob = send(world, 1, "ann", "bob")
    mail = read_mail(ann.body)
    token = token_of(ann) if name == "arf" else "0" * 42
    message_id = mail.id if name == "arf-without-envelope" else "<x@y>"
    way_out = mail.links["unsubscribe"] if name == "arf-other-message-id" else ""
    received = world.service.receive(report(name, token, message_id, way_out))
    assert (received.receipt, received.issue, received.suppressed) == (Receipt.COMPLAINT, 1, True)
    assert (is_suppressed(world, "ann"), is_suppressed(world, "bob")) == (True, False)
    assert (world.service.issue(1).bounced, world.service.issue(1).complaints) == (0, 1)
    assert [a.address for a in send(world, 2)] == [bob.address]


def test_a_bounce_is_known_by_a_token_only_and_not_by_the_message_id(world: World) -> None:
    (ann,) = send(world, 1, "ann")
    received = world.service.receive(report("postfix", "0" * 42, read_mail(ann.body).id))
    assert received.receipt is Receipt.NO_TOKEN


def test_an_address_that_is_allowed_again_starts_anew(world: World) -> None:
    (ann,) = send(world, 1, "ann")
    mail = report("postfix", token_of(ann))
    world.service.receive(mail)
    assert send(world, 2) == []
    assert world.service.allow(address("ann"))
    assert not world.service.allow(address("ann"))
    assert world.service.receive(mail).receipt is Receipt.AGAIN  # and does not suppress once more
    second, third = send(world, 3)  # what was passed over, too
    assert [read_mail(attempt.body).markers for attempt in (second, third)] == [(2,), (3,)]
    assert world.service.receive(report("postfix", token_of(third))).suppressed


def test_a_bounce_during_the_send_keeps_the_rest_from_being_sent(world: World) -> None:
    first = {a.address: a for a in send(world, 1, "ann", "bob")}

    def bounce() -> None:
        world.wire.on_send = lambda: None
        world.service.receive(report("postfix", token_of(first["bob@example.org"])))

    world.wire.on_send = bounce
    assert [a.address for a in send(world, 2)] == ["ann@example.org"]
    assert world.service.issue(2).counts[DeliveryState.SUPPRESSED] == 1


def test_a_notice_that_comes_back_suppresses_who_mistyped(world: World) -> None:
    world.service.tick()
    world.service.add_subscriber(address("typo"))
    world.service.tick()
    (notice,) = [attempt for attempt in world.wire.attempts if isinstance(attempt, Attempt)]
    received = world.service.receive(report("gmail", token_of(notice)))
    assert (received.receipt, received.issue, received.suppressed) == (Receipt.HARD, 0, True)
    assert is_suppressed(world, "typo")


def test_of_an_erased_reader_nothing_is_kept(world: World) -> None:
    ann, bob = send(world, 1, "ann", "bob")
    world.service.receive(report("postfix", token_of(ann)))
    for reader in ("ann", "bob"):
        world.service.remove_subscriber(address(reader))
    assert world.service.receive(report("postfix", token_of(bob))).receipt is Receipt.NO_READER
    (line,) = world.service.bounces(9)
    assert (line.email, line.diagnostic) == ("(erased)", "")


def test_a_test_mail_that_comes_back_tells_that_reports_find_their_way(world: World) -> None:
    world.service.tick()
    write(world, 1)
    world.now += SETTLED
    world.service.tick()
    token = world.service.envelope_sender((0, 0)).removeprefix("bounces+").partition("@")[0]
    assert world.service.receive(report("postfix", token)).receipt is Receipt.TEST
    assert world.service.bounces(9) == ()


@given(st.binary(max_size=500))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_mail_is_taken_in(world: World, mail: bytes) -> None:
    assert world.service.receive(mail).receipt is Receipt.NO_TOKEN
