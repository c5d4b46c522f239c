"""Compressed files that were written beside documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, fields

from sqlalchemy import Connection, bindparam, delete, insert, select

from feeds.model.noun import dataclass
from feeds.store.schema.feeds import sidecars


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A compressed file that an earlier run wrote."""

    path: str
    document: str
    """Path of what it holds."""
    content: str
    """Entity tag of what it holds."""
    size: int
    mtime_ns: int
    etag: str


_NAMES = tuple(field.name for field in fields(Sidecar))


def known_sidecars(connection: Connection) -> dict[str, Sidecar]:
    """Every compressed file that was written, by path."""
    rows = connection.execute(select(*(sidecars.c[name] for name in _NAMES)))
    return {row[0]: Sidecar(*row) for row in rows}


def put_sidecars(connection: Connection, written: Sequence[Sidecar], gone: Collection[str] = ()) -> None:
    """Writes what is known of these, and forgets those that are gone."""
    paths = [*gone, *(sidecar.path for sidecar in written)]
    if paths:
        connection.execute(
            delete(sidecars).where(sidecars.c.path == bindparam("p")), [{"p": p} for p in paths]
        )
    if written:
        rows = [dict(zip(_NAMES, astuple(sidecar), strict=True)) for sidecar in written]
        connection.execute(insert(sidecars), rows)
