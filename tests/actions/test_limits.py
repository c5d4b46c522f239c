"""Limits of sending, and several mail servers, in a whole installation."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.actions import deliver
from feeds.errors import ConfigurationError
from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence
from feeds.service import Service
from tests import databases
from tests.machine.world import World, address

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


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


CONFIG = """\
[site]
title = "T"
url = "https://example.org"
[mail]
from = "T <news@example.org>"
{mail}
[newsletter]
settle_minutes = 0
[delivery]
{delivery}
"""


def opened(folder: Path, *, mail: str, delivery: str = "", now: datetime = START) -> Service:
    databases.write(folder / "kawaraban.toml", CONFIG.format(mail=mail, delivery=delivery))
    (folder / "posts").mkdir(exist_ok=True)
    return Service.open(folder / "kawaraban.toml", now=now, environ={})


def fill(service: Service, readers: int) -> None:
    service.build()
    for number in range(readers):
        email = EmailAddress.parse(f"reader{number}@example.org")
        service.add_subscriber(email, cadence=Cadence.EACH, confirmed=True)
    front = f"---\ntitle: first\ndate: {START:%Y-%m-%d %H:%M:%S +0000}\n---\n"
    (service.config.paths.posts / "a.md").write_text(f"{front}Text.\n", encoding="utf-8")
    service.build()
    service.build()
    service.compose()


def test_a_second_has_no_more_than_its_limit(tmp_path: Path) -> None:
    with opened(tmp_path, mail=f'smtp = "maildir://{tmp_path}/mail"', delivery="per_second = 40") as service:
        fill(service, 40)
        began = time.monotonic()
        assert service.deliver().digests.sent == 40
        assert time.monotonic() - began > 0.8


def test_two_mail_servers_share_an_issue(tmp_path: Path) -> None:
    relays = "".join(f'[[mail.relays]]\nurl = "maildir://{tmp_path}/{name}"\n' for name in ("one", "two"))
    with opened(tmp_path, mail=relays, delivery="connections = 4") as service:
        fill(service, 60)
        assert service.deliver().digests.sent == 60
        service.test_send(EmailAddress.parse("me@example.org"), [])
    counts = [len(list((tmp_path / name / "new").iterdir())) for name in ("one", "two")]
    assert sum(counts) == 61
    assert min(counts) > 5


def test_a_mail_server_that_is_away_keeps_no_mail_from_going(tmp_path: Path) -> None:
    relays = '[[mail.relays]]\nurl = "smtp://127.0.0.1:1"\n'
    relays += f'[[mail.relays]]\nurl = "maildir://{tmp_path}/two"\n'
    with opened(tmp_path, mail=relays) as service:
        fill(service, 20)
        delivered = service.deliver()
        assert (delivered.digests.sent, delivered.trouble) == (20, "")
        service.test_send(EmailAddress.parse("me@example.org"), [])
    assert len(list((tmp_path / "two" / "new").iterdir())) == 21


def test_every_mail_server_has_its_password_before_mail_goes(tmp_path: Path) -> None:
    relays = '[[mail.relays]]\nurl = "smtp://127.0.0.1:1"\n'
    relays += '[[mail.relays]]\nurl = "smtp://user:${NOT_SET}@localhost"\n'
    said = r"mail\.relays\.1\.url: the environment variable NOT_SET is not set"
    with opened(tmp_path, mail=relays) as service, pytest.raises(ConfigurationError, match=said):
        service.deliver()


def test_who_signs_up_during_a_long_send_gets_the_confirmation_in_between(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "_GIVE_WAY", 0.0)
    issue_to(world, 600)
    limited(world, "unknown = 'resend'")
    commit = deliver._Deliveries.commit
    late = iter([address("late")])

    def committing(self: Any, *what: Any) -> Any:
        for email in late:
            world.service.add_subscriber(email)
        return commit(self, *what)

    monkeypatch.setattr(deliver._Deliveries, "commit", committing)
    report = world.service.tick()
    assert (report.sent, report.notices, report.waiting) == (600, 1, 0)
    to = [attempt.address for attempt in world.wire.attempts]
    assert to.index("late@example.org") < len(to) - 10, "and not at the end"
    assert len(set(to)) == 601
