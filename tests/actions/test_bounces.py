"""What comes back: which mail a report is about, and what follows for its reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.model.subscriber import Cadence
from tests.machine.failures import Attempt, Fault
from tests.machine.world import World, address

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
