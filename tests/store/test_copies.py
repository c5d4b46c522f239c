"""A backup is of one moment, whole, and marked; a restored database leaves out numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from feeds.errors import StoreError
from feeds.model.subscriber import Cadence, Subscription
from feeds.store import instance, restored, state, subscribers
from feeds.store.copies import copy_marked
from feeds.store.database import Database
from feeds.store.instance import Copied, Step
from feeds.store.opening import open_database
from tests.machine.world import address

NOW = datetime(2026, 11, 23, 7, 0, 30, tzinfo=UTC)
COPIED = Copied(NOW, "it is a copy")
CHOICE = Subscription((), Cadence.EACH, "en", 7, 0, "UTC")


def join(database: Database, name: str) -> int:
    with database.write() as connection:
        return subscribers.add(connection, address(name), CHOICE, name=name, consent="form", now=NOW).key


def test_a_backup_beside_a_writer_is_of_one_moment(tmp_path: Path) -> None:
    database, stop = open_database(tmp_path / "k.sqlite3"), Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with database.write() as connection:
                state.put(connection, "left", str(number))
                state.put(connection, "filling", "x" * 200_000)
                state.put(connection, "right", str(number))

    writer = Thread(target=write)
    writer.start()
    try:
        seen = set()
        for number in range(5):
            file = tmp_path / f"copy{number}"
            copy_marked(database, file, COPIED, "ab")
            with closing(sqlite3.connect(file)) as copy:
                facts = dict(copy.execute("SELECT name, value FROM state").fetchall())
            assert facts.get("left") == facts.get("right")
            assert facts["carried_key"] == "ab"
            seen.add(facts.get("left"))
            assert not list(tmp_path.glob(f"copy{number}-*"))
    finally:
        stop.set()
        writer.join()
        database.close()
    assert len(seen) > 1  # the writer went on


@pytest.mark.databases
def test_a_copy_says_of_itself_that_it_is_one_until_it_begins_anew(opening: Callable[[], Database]) -> None:
    database = opening()
    with database.write() as connection:
        instance.note_step(connection, "one", "here", "folder", (Step(1, "a", "m"), Step(2, "b", "n")))
        instance.mark_copied(connection, COPIED)
        said = instance.standing(connection, "folder")
    assert (said.id, said.home, said.copied) == ("one", "here", COPIED)
    assert said.steps == (Step(1, "a", "m"), Step(2, "b", "n"))
    with database.write() as connection:
        instance.begin_anew(connection, "one")
        instance.note_step(connection, "two", "there", "other", (Step(1, "c", "o"),))
        said = instance.standing(connection, "folder")
    assert (said.id, said.former, said.copied, said.steps) == ("two", {"one"}, None, ())


@pytest.mark.databases
def test_numbers_are_left_out_whether_one_was_given_or_not(opening: Callable[[], Database]) -> None:
    database = opening()
    with database.write() as connection:
        restored.send_from_now(connection, NOW, "unknown")
    first = join(database, "ann")
    assert first > 1_000_000
    with database.write() as connection:
        restored.send_again(connection, NOW)
    assert join(database, "bob") > first + 1_000_000


def test_a_damaged_database_is_no_backup(tmp_path: Path) -> None:
    database = open_database(tmp_path / "k.sqlite3")
    for number in range(300):
        join(database, f"r{number}")
    database.close()
    with closing(sqlite3.connect(tmp_path / "k.sqlite3")) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'subscribers'"
        page = connection.execute(query).fetchone()[0]
    with open(tmp_path / "k.sqlite3", "r+b") as stream:
        stream.seek((page - 1) * 4096)
        stream.write(b"\xff" * 512)
    damaged = open_database(tmp_path / "k.sqlite3")
    with pytest.raises(StoreError, match=r"copied|not sound"):
        copy_marked(damaged, tmp_path / "copy", COPIED, "ab")
    damaged.close()
