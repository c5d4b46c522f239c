"""Files of the posts folder, as the last scan saw them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from feeds.model.post import Post, Problem, Source, Withheld
from feeds.store.schema import posts, sources

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


def known_sources(connection: Connection) -> dict[str, KnownSource]:
    """Every file as the last scan saw it, by path."""
    columns = (
        sources.c.path,
        sources.c.size,
        sources.c.mtime_ns,
        sources.c.inode,
        sources.c.fingerprint,
        sources.c.verdict,
        sources.c.reason,
    )
    rows = connection.execute(select(*columns))
    return {r[0]: KnownSource(Source(r[0], r[1], r[2], r[3]), r[4], r[5], r[6]) for r in rows}


def put_sources(
    connection: Connection, seen: Iterable[tuple[Source, Post | Withheld | Problem]], known: Collection[str]
) -> None:
    """Writes what a scan made of these files, in place of what an earlier one made of the known paths."""
    rows = [_source_row(source, parsed) for source, parsed in seen]
    drop_sources(connection, [row["path"] for row in rows if row["path"] in known])
    if rows:
        connection.execute(insert(sources), rows)


def drop_sources(connection: Connection, paths: Collection[str]) -> None:
    """Forgets these files."""
    if paths:
        connection.execute(delete(sources).where(sources.c.path == bindparam("p")), [{"p": p} for p in paths])


def withheld(connection: Connection) -> tuple[Withheld, ...]:
    """Files and posts that are not shown, each with its reason."""
    by_file = select(sources.c.path, sources.c.fingerprint, sources.c.reason).where(
        sources.c.verdict == "withheld"
    )
    by_date = select(posts.c.path, posts.c.fingerprint, posts.c.state).where(posts.c.state == "future")
    rows = [*connection.execute(by_file), *connection.execute(by_date)]
    return tuple(Withheld(*row) for row in sorted(rows))


def problems(connection: Connection) -> tuple[Problem, ...]:
    """Files that cannot be posts, and posts whose address another post has."""
    by_file = select(
        sources.c.path, sources.c.fingerprint, sources.c.line, sources.c.reason, sources.c.message
    ).where(sources.c.verdict == "problem")
    clashes = select(posts.c.path, posts.c.fingerprint, posts.c.url, posts.c.twin).where(
        posts.c.state == "clash"
    )
    found = [Problem(*row) for row in connection.execute(by_file)]
    found += [
        Problem(path, fingerprint, 0, "permalink", f"has the same address as {twin}: {url}")
        for path, fingerprint, url, twin in connection.execute(clashes)
    ]
    return tuple(sorted(found, key=lambda problem: problem.path))


def _source_row(source: Source, parsed: Post | Withheld | Problem) -> dict[str, Any]:
    row = {
        "path": parsed.path,
        "size": source.size,
        "mtime_ns": source.mtime_ns,
        "inode": stored_inode(source),
        "fingerprint": parsed.fingerprint,
        "verdict": "post",
        "reason": "",
        "line": 0,
        "message": "",
    }
    if isinstance(parsed, Withheld):
        row |= {"verdict": "withheld", "reason": parsed.reason}
    elif isinstance(parsed, Problem):
        row |= {"verdict": "problem", "reason": parsed.key, "line": parsed.line, "message": parsed.message}
    return row
