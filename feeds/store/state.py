"""Single facts and counters."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from feeds.store.schema.state import counters, state


def get(connection: Connection, name: str) -> str | None:
    """The fact with this name, if it was ever written."""
    return connection.execute(select(state.c.value).where(state.c.name == name)).scalar()


def put(connection: Connection, name: str, value: str) -> None:
    """Writes a fact, in place of what it was before."""
    if connection.execute(update(state).where(state.c.name == name).values(value=value)).rowcount == 0:
        connection.execute(insert(state).values(name=name, value=value))


CATALOG = "catalog"
"""The name of the number that every scan which changed something raises."""


def catalog(connection: Connection) -> int:
    """The number of the last scan that changed something; 0 before the first."""
    return int(get(connection, CATALOG) or 0)


def last_instant(connection: Connection) -> datetime | None:
    """The latest moment that a run of ours decided by."""
    value = get(connection, "last_instant")
    return None if value is None else datetime.fromisoformat(value)


def remember_instant(connection: Connection, now: datetime) -> None:
    """Moves the last instant forward, never back."""
    last = last_instant(connection)
    if last is None or now > last:
        put(connection, "last_instant", now.astimezone(UTC).isoformat())


def has_instance_secret(connection: Connection) -> bool:
    """Whether the key was made, and so any address hashed."""
    return get(connection, "instance_secret") is not None


def instance_secret(connection: Connection) -> bytes:
    """The key that suppressed addresses are hashed with; made at first use."""
    value = get(connection, "instance_secret")
    if value is None:
        value = secrets.token_hex(32)
        put(connection, "instance_secret", value)
    return bytes.fromhex(value)


def top_sequence(connection: Connection) -> int:
    """The highest sequence number given so far; 0 before the first."""
    return connection.execute(select(counters.c.value).where(counters.c.name == "sequence")).scalar() or 0


def take_sequence(connection: Connection, count: int) -> range:
    """The next ``count`` sequence numbers; the row stays locked until the commit, so they commit in order."""
    moved = update(counters).where(counters.c.name == "sequence").values(value=counters.c.value + count)
    if connection.execute(moved).rowcount == 0:
        connection.execute(insert(counters).values(name="sequence", value=count))
    top = top_sequence(connection)
    return range(top - count + 1, top + 1)
