"""Limits of sending, and who goes first, in a whole installation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from feeds.actions import deliver, share
from feeds.model.subscriber import Cadence
from tests.machine.world import World, address

HOUR = timedelta(hours=1)


def limited(world: World, settings: str) -> None:
    """Starts the program anew with these settings of delivery."""
    world.service.close()
    config = world.folder / "config" / "kawaraban.toml"
    text = config.read_text(encoding="utf-8").partition("[delivery]")[0]
    config.write_text(f"{text}[delivery]\n{settings}\n", encoding="utf-8")
    world.service = world._open()


def issue_to(world: World, readers: int) -> None:
    world.service.tick()
    for number in range(readers):
        world.service.add_subscriber(address(f"r{number}"), cadence=Cadence.EACH, confirmed=True)
    date = f"{world.now - HOUR:%Y-%m-%dT%H:%M:%SZ}"
    world.put("p1.md", f"---\ntitle: mark1x\ndate: {date}\n---\nBody.\n")
    world.service.tick()
    world.now += timedelta(minutes=10)


def arrived(world: World) -> int:
    count = len(world.wire.attempts)
    world.wire.attempts.clear()
    return count


def test_an_hour_sends_its_limit_and_the_next_one_the_rest(world: World) -> None:
    issue_to(world, 12)
    limited(world, "per_hour = 5")
    counts = []
    for _ in range(4):
        report = world.service.tick()
        counts.append((arrived(world), report.waiting, report.trouble))
        world.now += HOUR + timedelta(minutes=2)
    assert counts == [(5, 7, ""), (5, 2, ""), (2, 0, ""), (0, 0, "")]


def test_a_limit_holds_across_restarts(world: World) -> None:
    issue_to(world, 12)
    for settings in ("per_day = 5", "per_day = 5\nper_hour = 4", "per_day = 7"):
        limited(world, settings)
        world.service.tick()
        world.now += HOUR
    assert arrived(world) == 7


def test_a_confirmation_goes_out_while_a_digest_has_used_up_the_hour(world: World) -> None:
    issue_to(world, 30)
    limited(world, "per_hour = 20")
    world.service.tick()
    assert arrived(world) == 19
    world.service.add_subscriber(address("late"))
    assert world.service.tick().notices == 1
    assert arrived(world) == 1


def test_who_signs_up_during_a_long_send_gets_the_confirmation_in_between(
    world: World, database_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sending: Any = share if database_kind == "postgres" else deliver
    monkeypatch.setattr(sending, "_GIVE_WAY", 0.0)
    issue_to(world, 600)
    limited(world, "unknown = 'resend'")
    commit = sending._Deliveries.commit
    late = iter([address("late")])

    def committing(self: Any, *what: Any) -> Any:
        for email in late:
            world.service.add_subscriber(email)
        return commit(self, *what)

    monkeypatch.setattr(sending._Deliveries, "commit", committing)
    report = world.service.tick()
    assert (report.sent, report.notices, report.waiting) == (600, 1, 0)
    to = [attempt.address for attempt in world.wire.attempts]
    assert to.index("late@example.org") < len(to) - 10, "and not at the end"
    assert len(set(to)) == 601
