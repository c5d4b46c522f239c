"""Backups: one SQLite file that is whole, says that it is a copy, and has what belongs to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from feeds.errors import StoreError
from feeds.store.database import Database
from feeds.store.instance import CARRIED_KEY, COPIED, Copied


def copy_marked(database: Database, file: Path, copied: Copied, key: str) -> int:
    """Copies all that is committed into this file, and returns how many readers it has.

    ``key``: the signing key, which the copy brings along. Raises StoreError where it is not sound.
    """
    try:
        database.copy(file)
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            return _mark(connection, copied, key)
    except sqlite3.Error as error:
        raise StoreError(f"{file}: the database could not be copied: {error}") from error


def _mark(connection: sqlite3.Connection, copied: Copied, key: str) -> int:
    connection.execute("PRAGMA journal_mode=DELETE")  # one file, with no log beside it
    found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise StoreError(f"the copy is not sound, so the database may not be: {'; '.join(found)}")
    connection.execute("BEGIN IMMEDIATE")
    # A copy of a copy knows no more than the first one did.
    connection.execute("INSERT OR IGNORE INTO state (name, value) VALUES (?, ?)", (COPIED, copied.text()))
    connection.execute("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", (CARRIED_KEY, key))
    readers: int = connection.execute("SELECT count(*) FROM subscribers").fetchone()[0]
    connection.execute("COMMIT")
    return readers
