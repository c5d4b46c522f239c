"""Clocks and turns: several commands and a daemon in one installation."""

from __future__ import annotations

import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from feeds.store.lock import LockFile
from tests.acceptance.publication import MONDAY, SETTLED, Publication
from tests.ports import free_port

FAR = datetime(2199, 1, 1, tzinfo=UTC)


# Clocks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["build", "tick", "plan", "check"])
def test_a_moment_before_the_last_one_is_wrong_usage(publication: Publication, verb: str) -> None:
    publication.ask("tick", now=MONDAY)
    said = publication.say(verb, now=MONDAY - timedelta(seconds=1))
    assert (said.status, said.out) == (2, "")
    assert MONDAY.isoformat() in said.err
    assert publication.say(verb, now=MONDAY).status == 0


def test_nonsense_for_a_moment_is_wrong_usage(publication: Publication) -> None:
    for words in (("--now", "yesterday"), ("--now", "9999-12-31T23:59:59-14:00"), ("--never",)):
        assert publication.say("tick", *words).status == 2


def test_a_clock_that_is_behind_counts_as_the_last_moment(publication: Publication) -> None:
    """The machine's clock was wrong once, or was put back."""
    publication.ask("tick", now=FAR)
    words = ("r@example.org", "--cadence", "each", "--confirmed")
    assert publication.say("subscribers", "add", *words).status == 0
    publication.write("post")
    assert publication.ask("tick")["sent"] == 0
    assert publication.ask("tick", now=FAR + SETTLED)["sent"] == 1
    assert publication.ask("tick")["sent"] == 0


# Turns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["build", "tick"])
def test_a_command_waits_for_its_turn(publication: Publication, verb: str) -> None:
    publication.write("post")
    publication.ask("tick")
    lock = LockFile(publication.root / ".kawaraban" / "turn.lock")
    with lock.held():
        process = publication.start(verb)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.7)
    lock.close()
    out, err = process.communicate(timeout=20)
    assert (process.returncode, b"1 post visible" in out, err) == (0, True, b"")


@pytest.mark.databases
def test_commands_at_the_same_moment_all_do_their_work(publication: Publication) -> None:
    publication.write("post")
    processes = [publication.start("build") for _ in range(3)]
    processes += [
        publication.start("subscribers", "add", f"r{n}@example.org", "--confirmed") for n in range(3)
    ]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
    assert len(publication.ask("subscribers", "list")) == 3
    assert publication.ask("build")["feeds"]["written"] == []


Daemon = subprocess.Popen[bytes]


@pytest.fixture
def daemon(publication: Publication) -> Iterator[Daemon]:
    """The daemon at work on a publication whose posts are mailed at once, with a reader of each post."""
    port = free_port()
    publication.edit("[web]", f'[web]\nbind = "127.0.0.1:{port}"')
    publication.add_settings("[newsletter]\nsettle_minutes = 0\n")
    publication.write("old")
    publication.ask("tick")
    words = ("r@example.org", "--cadence", "each", "--confirmed")
    assert publication.say("subscribers", "add", *words).status == 0
    process = publication.start("run")
    _until(lambda: process.poll() is not None or _answers(port))
    assert process.poll() is None, process.communicate()
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)


def test_a_second_daemon_refuses_and_a_tick_beside_the_first_works(
    daemon: Daemon, publication: Publication
) -> None:
    second = publication.run("run")
    assert second.status == 1
    assert "a daemon is at work here already" in second.err
    publication.write("new")
    ticked = publication.run("tick", "--json")
    assert (ticked.status, ticked.json["trouble"]) == (0, "")
    _until(lambda: len(publication.mails()) == 1)
    assert b"new" in publication.documents()["all.rss.xml"]
    (issue,) = publication.ask("deliveries")
    assert (issue["audience"], issue["sent"]) == (1, 1)
    assert daemon.poll() is None


def test_the_daemon_mails_a_new_post_once_and_ends_when_it_is_told(
    daemon: Daemon, publication: Publication
) -> None:
    publication.write("new")
    _until(lambda: len(publication.mails()) == 1)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(20) == 0
    assert publication.ask("tick")["sent"] == 0
    assert len(publication.mails()) == 1


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
