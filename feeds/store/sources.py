"""Files of the posts folder, as the last scan saw them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, select

from feeds.model.noun import dataclass
from feeds.model.post import Post, Problem, Source, Withheld
from feeds.store.batches import batches
from feeds.store.bulk import insert_rows
from feeds.store.schema.posts import CLASHING, NO_POST, WAITING, posts, sources

_INODE_BITS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A file as the last scan saw it."""

    source: Source
    fingerprint: str
    verdict: str
    reason: str
    """Why it is withheld, or the key to blame of a problem."""


def stored_inode(source: Source) -> int:
    """The inode as a signed 64-bit column can hold it."""
    return source.inode & _INODE_BITS


_STATUS = (sources.c.path, sources.c.size, sources.c.mtime_ns, sources.c.inode)
_SOURCE = (*_STATUS, sources.c.fingerprint, sources.c.verdict, sources.c.reason)

Status = tuple[int, int, int]
"""Size, time of change and inode of a file."""


def statuses(connection: Connection) -> dict[str, Status]:
    """What tells whether a file changed, of every file that the last scan saw, by path."""
    # A plain cursor: an archive has 100,000 files, and they are compared at every rescan.
    cursor = connection.execute(select(*_STATUS)).cursor
    assert cursor is not None
    return {path: (size, mtime_ns, inode) for path, size, mtime_ns, inode in cursor.fetchall()}


def statuses_at(connection: Connection, places: Iterable[str]) -> dict[str, Status]:
    """The same for the files at these paths and below them."""
    found: dict[str, Status] = {}
    for place in places:
        below = and_(sources.c.path >= f"{place}/", sources.c.path < f"{place}0")  # "0" follows "/"
        for which in (sources.c.path == place, below):
            for path, *status in connection.execute(select(*_STATUS).where(which)):
                found[path] = (status[0], status[1], status[2])
    return found


def known_sources(connection: Connection, paths: Collection[str]) -> dict[str, KnownSource]:
    """Those of these files that the last scan saw, by path."""
    return {
        known.source.path: known
        for some in batches(sorted(paths))
        for known in _found(connection, sources.c.path.in_(some))
    }


def count(connection: Connection) -> int:
    """How many files the last scan saw."""
    return connection.execute(select(func.count()).select_from(sources)).scalar() or 0


def rejected_paths(connection: Connection, key: str) -> list[str]:
    """Paths of the files that are problems because of this key."""
    query = select(sources.c.path).where(NO_POST, sources.c.verdict == "problem", sources.c.reason == key)
    return list(connection.execute(query).scalars())


def _found(connection: Connection, which: ColumnElement[bool]) -> Iterator[KnownSource]:
    for r in connection.execute(select(*_SOURCE).where(which)):
        yield KnownSource(Source(r[0], r[1], r[2], r[3]), r[4], r[5], r[6])


def put_sources(
    connection: Connection, seen: Iterable[tuple[Source, Post | Withheld | Problem]], known: Collection[str]
) -> None:
    """Writes what a scan made of these files, in place of what an earlier one made of the known paths."""
    drop_sources(connection, known)
    insert_rows(connection, sources, _COLUMNS, (_source_row(source, parsed) for source, parsed in seen))


def drop_sources(connection: Connection, paths: Collection[str]) -> None:
    """Forgets these files."""
    if paths:
        connection.execute(delete(sources).where(sources.c.path == bindparam("p")), [{"p": p} for p in paths])


def withheld(connection: Connection) -> tuple[Withheld, ...]:
    """Files and posts that are not shown, each with its reason."""
    by_file = select(sources.c.path, sources.c.fingerprint, sources.c.reason).where(
        NO_POST, sources.c.verdict == "withheld"
    )
    by_date = select(posts.c.path, posts.c.fingerprint, posts.c.state).where(WAITING)
    rows = [*connection.execute(by_file), *connection.execute(by_date)]
    return tuple(Withheld(*row) for row in sorted(rows))


def problems(connection: Connection) -> tuple[Problem, ...]:
    """Files that cannot be posts, and posts whose address another post has."""
    by_file = select(
        sources.c.path, sources.c.fingerprint, sources.c.line, sources.c.reason, sources.c.message
    ).where(NO_POST, sources.c.verdict == "problem")
    clashes = select(posts.c.path, posts.c.fingerprint, posts.c.url, posts.c.twin).where(CLASHING)
    found = [Problem(*row) for row in connection.execute(by_file)]
    found += [
        Problem(path, fingerprint, 0, "permalink", f"has the same address as {twin}: {url}")
        for path, fingerprint, url, twin in connection.execute(clashes)
    ]
    return tuple(sorted(found, key=lambda problem: problem.path))


_COLUMNS = ("path", "size", "mtime_ns", "inode", "fingerprint", "verdict", "reason", "line", "message")


def _source_row(source: Source, parsed: Post | Withheld | Problem) -> tuple[Any, ...]:
    """The values of ``_COLUMNS``."""
    file = (parsed.path, source.size, source.mtime_ns, stored_inode(source), parsed.fingerprint)
    if isinstance(parsed, Withheld):
        return (*file, "withheld", parsed.reason, 0, "")
    if isinstance(parsed, Problem):
        return (*file, "problem", parsed.key, parsed.line, parsed.message)
    return (*file, "post", "", 0, "")
