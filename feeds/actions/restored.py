"""Restored: a copy is taken into use, with what it cannot know told and decided."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection

from feeds.actions.instance import Instance
from feeds.actions.secret import is_another
from feeds.model.noun import dataclass
from feeds.store import instance as instance_store
from feeds.store import restored as store
from feeds.store.database import Database
from feeds.store.instance import Copied
from feeds.store.restored import Doubtful


class Choice(StrEnum):
    """What becomes of mail that the original may have sent since."""

    FROM_NOW = "send-from-now"
    """It counts as sent."""
    AGAIN = "send-again"
    """What was under way goes out, with the same Message-ID; all else counts as sent."""
    MOVED = "moved"
    """There is none: the original did nothing since."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A copy that nobody took into use yet."""

    copied: Copied
    doubtful: Doubtful
    another_key: bool
    """Whether links in the original's mails will not open, as the signing key is another one."""


def look(database: Database, state_folder: Path) -> Restored | None:
    """What there is to decide; None where the database is no copy."""
    with database.read() as connection:
        copied = instance_store.copied(connection)
        if copied is None:
            return None
        found = store.doubtful(connection, copied.at)
    return Restored(copied, found, is_another(database, state_folder))


def take_into_use(instance: Instance, choice: Choice) -> None:
    """Decides as chosen and makes the copy the one that mails, in one transaction.

    Raises StoreError where it is no copy. The posts have to be scanned before.
    """

    def decide(connection: Connection, copied: Copied) -> None:
        if choice is Choice.FROM_NOW:
            reply = f"the original may have sent it: {copied.why}"
            store.send_from_now(connection, copied.at, reply)
        elif choice is Choice.AGAIN:
            store.send_again(connection, copied.at)

    instance.accept(decide)
