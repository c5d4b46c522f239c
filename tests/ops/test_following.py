"""Progress: exact at the end, cheap on the way, and told as terminals, pipes and scripts want it."""

from __future__ import annotations

import os
import pty
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from feeds.cli.following import Pace
from feeds.model.issue import DeliveryState
from feeds.store.database import Database
from feeds.store.opening import open_database
from feeds.store.progress import IssueTally
from tests.acceptance.publication import REPOSITORY
from tests.ops.conftest import PROGRAM, Sending, lines_of_json

READERS = 20
PACE = re.compile(r"\d/s, \d+:\d\d left")


@pytest.fixture
def database(opening: Callable[[], Database]) -> Database:
    return opening()


def enqueue(database: Database, keys: list[int]) -> None:
    with database.write() as connection:

        def run(statement: str, *rows: dict[str, int]) -> None:
            connection.execute(text(statement), rows or None)

        run(f"INSERT INTO issues VALUES (1, 'each', 'x', 1, {len(keys)}, 1, 'open', '')")
        run("INSERT INTO editions VALUES (1, 1, 'en', '[1]', 0, 's', '')")
        run(
            "INSERT INTO deliveries VALUES (1, :key, 1, 'each', '#1', 1, 'pending', 0, 0, NULL, 1, '', NULL)",
            *({"key": key} for key in keys),
        )


def put(database: Database, state: str, keys: list[int]) -> None:
    with database.write() as connection:
        statement = "UPDATE deliveries SET state = :s, attempts = attempts + 1 WHERE subscriber = :k"
        connection.execute(text(statement), [{"s": state, "k": key} for key in keys])


def test_looks_are_exact_whatever_came_between_them(database: Database) -> None:
    chance = random.Random(7)
    keys = sorted(chance.sample(range(1, 100_000), 9000))
    enqueue(database, keys)
    tally = IssueTally(1)
    states = dict.fromkeys(keys, "pending")
    position = 0
    while position < len(keys) or any(state in ("inflight", "deferred") for state in states.values()):
        taken = keys[position : position + chance.randrange(1, 900)]
        position += len(taken)
        again = [
            k for k, state in states.items() if state in ("inflight", "deferred") and chance.random() < 0.6
        ]
        for key in taken:
            states[key] = "inflight"
        for key in again:
            states[key] = chance.choice(["sent", "sent", "sent", "deferred", "rejected", "unknown"])
        for state in {states[key] for key in taken + again}:
            put(database, state, [key for key in taken + again if states[key] == state])
        with database.read() as connection:
            seen = tally.look(connection)
        wanted = [sum(one == state for one in states.values()) for state in DeliveryState]
        assert list(seen.counts.values()) == wanted


def test_a_look_reads_what_changed_and_not_the_whole_issue(tmp_path: Path) -> None:
    database = open_database(tmp_path / "kawaraban.db")  # only SQLite counts its steps
    enqueue(database, list(range(1, 60_001)))
    put(database, "sent", list(range(1, 30_001)))
    tally = IssueTally(1)
    with database.read() as connection:
        assert tally.look(connection).sent == 30_000
    put(database, "sent", list(range(30_001, 30_101)))
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1000
        return 0

    with database.read() as connection:
        assert connection.connection.driver_connection is not None
        connection.connection.driver_connection.set_progress_handler(count, 1000)
        assert tally.look(connection).sent == 30_100
        connection.connection.driver_connection.set_progress_handler(None, 0)
    assert steps < 60_000  # virtual machine instructions; to count all takes half a million


def test_where_very_many_were_put_off_all_are_counted(database: Database) -> None:
    enqueue(database, list(range(1, 30_001)))
    put(database, "deferred", list(range(1, 25_001)))
    tally = IssueTally(1)
    for _ in range(2):
        with database.read() as connection:
            assert tally.look(connection).counts[DeliveryState.DEFERRED] == 25_000


def test_the_pace_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    for second in range(60):
        pace.note(second, second * 100 if second < 30 else 3000 + (second - 30) * 10)
    assert pace.rate == 10
    assert pace.left(100) == 10
    pace = Pace()
    pace.note(0, 5)
    assert (pace.rate, pace.left(3)) == (0, None)


def test_following_ends_with_the_issue(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(READERS)
    one.publication.write("post")
    assert one.publication.say("deliveries", "--follow").out == "nothing is being sent\n"
    with one.gate(4) as server:
        one.start()
        one.until(lambda issue: issue["sent"] == 4)
        following = one.publication.start("deliveries", "--follow", "--json")
        assert following.stdout is not None
        looks = []
        for server.allowed in (8, 16, READERS):  # more with each line, so that no two are alike
            looks += lines_of_json(following.stdout.readline().decode())
        out, _ = following.communicate(timeout=60)
    looks += lines_of_json(out.decode())
    assert following.returncode == 0
    assert [look["sent"] for look in looks] == sorted(look["sent"] for look in looks)
    assert (looks[-1]["state"], looks[-1]["sent"], looks[-1]["audience"]) == ("finished", READERS, READERS)
    assert any(look["rate"] > 0 and look["seconds_left"] for look in looks)
    after = one.publication.say("deliveries", "--follow", "1")
    assert after.out == f"issue 1, each: finished; {READERS} sent, 0 in flight, 0 not sent, of {READERS}\n"


def test_following_a_paused_issue_ends_with_1(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(READERS)
    one.publication.write("post")
    with one.gate(4) as server:
        one.start()
        one.until(lambda issue: issue["sent"] == 4)
        following = one.publication.start("deliveries", "--follow", "1")
        assert following.stdout is not None
        lines = [following.stdout.readline().decode()]
        server.allowed = 8
        while not PACE.search(lines[-1]) and (line := following.stdout.readline().decode()):
            lines.append(line)
        one.publication.ask("pause", "1")
        out, _ = following.communicate(timeout=60)
    assert following.returncode == 1
    assert lines[0].startswith("issue 1, each: under way;")
    assert PACE.search(lines[-1])
    assert out.decode().splitlines()[-1].startswith("issue 1, each: paused (the owner paused it);")


def on_a_terminal(
    one: Sending,
    *words: str,
    until: str,
    on_look: Callable[[], None] = lambda: None,
    on_end: Callable[[], None] = lambda: None,
) -> str:
    """What the command shows on a terminal, until that is there or it ends.

    ``on_look`` is called at each new bar, and ``on_end`` before it is told to end.
    """
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words, "--config", str(one.publication.config)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
    )
    one.running.append(process)
    os.close(follower)
    shown = b""
    deadline = time.monotonic() + 60
    os.set_blocking(leader, False)
    while time.monotonic() < deadline and not re.search(until.encode(), shown):
        ended = process.poll() is not None
        try:
            more = os.read(leader, 65536)
        except BlockingIOError:
            if ended:
                break
            time.sleep(0.05)
        except OSError:
            break
        else:
            shown += more
            if b"issue 1 (" in more:
                on_look()
    on_end()
    process.terminate()
    process.wait(timeout=60)
    os.close(leader)
    return shown.decode(errors="replace")


def test_a_terminal_shows_a_bar_with_rate_and_time_left(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(READERS)
    one.publication.write("post")
    with one.gate(4) as server:

        def one_more() -> None:
            server.allowed = min((server.allowed or 0) + 1, READERS // 2)

        def pause() -> None:
            one.publication.ask("pause", "1")
            server.allowed = None

        words = ("run", "--only", "scheduler", "--only", "delivery")
        shown = on_a_terminal(one, *words, until=PACE.pattern, on_look=one_more, on_end=pause)
    assert "event=composed issue=1" in shown
    assert "issue 1 (each)" in shown
    assert PACE.search(shown)
    shown = on_a_terminal(one, "deliveries", "--follow", "1", until="paused")
    assert "paused" in shown


def test_a_pipe_gets_no_bar(sending: Callable[..., Sending]) -> None:
    one = sending()
    one.readers(3)
    one.publication.write("post")
    daemon = one.start()
    one.until(lambda issue: issue["state"] == "finished")
    one.stop(daemon)
    assert all("event=" in line for line in one.log.splitlines() if "module=feeds" in line)
    assert "\x1b" not in one.log
