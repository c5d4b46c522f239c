"""Scan: the posts folder as it is now, into the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection

from feeds.actions.reading import Reading, Scan, list_files, paired, read_files
from feeds.actions.reconcile import ID, Changes, Findings, reconcile
from feeds.model.post import Parsed, Source
from feeds.model.report import ScanReport
from feeds.posts.site import Site
from feeds.store import posts as posts_store
from feeds.store import sources as sources_store
from feeds.store import state
from feeds.store import subscribers as subscribers_store
from feeds.store.database import Database
from feeds.store.posts import KnownPost
from feeds.store.sources import KnownSource


def scan(
    database: Database,
    what: Scan,
    now: datetime,
    *,
    ahead: Reading | None = None,
    quiet_before: int | None = None,
) -> ScanReport:
    """Brings the store up to date with the folder and reports the difference.

    Files modified after ``quiet_before`` (nanoseconds, real time) are left for a later scan, as
    somebody may still be writing them. Raises PostsError if the folder cannot be read; then the
    store stays as it was.
    """
    found = list_files(what) if ahead is None else ahead.found
    with database.read() as connection:
        known = sources_store.known_sources(connection)
        first = state.get(connection, "first_scan") is None
        reparse = state.get(connection, "site") != _digest(what.site)
        idle = not first and not posts_store.anything_due(
            connection, now, what.policy.settle, what.policy.future
        )
    touched = _touched(found, known, reparse=reparse)
    if quiet_before is not None:
        touched = [path for path in touched if found[path].mtime_ns <= quiet_before]
    vanished = frozenset(known) - found.keys()
    if touched or vanished:
        touched = sorted({*touched, *_rejected(found, known)})
    if ahead is not None and len(touched) == len(found):
        parsed = paired(found.values(), ahead.parsed)
    else:
        parsed = read_files(what, [found[path] for path in touched])
    counts = _Counts(found, known, {result.path: result for _, result in parsed})
    if idle and not parsed and not vanished:
        with database.read() as connection:
            return _report(connection, counts, ())
    with database.write() as connection:
        findings = Findings(parsed, vanished, now, first)
        changes = reconcile(posts_store.known_posts(connection), findings, what.policy)
        _store(connection, findings, changes, known, what.site)
        return _report(connection, counts, changes.mailable)


def _touched(found: Mapping[str, Source], known: dict[str, KnownSource], *, reparse: bool) -> list[str]:
    return sorted(
        path
        for path, source in found.items()
        if reparse or path not in known or not _same(source, known[path].source)
    )


def _rejected(found: Mapping[str, Source], known: Mapping[str, KnownSource]) -> set[str]:
    """Files whose id another one had: the other may have given it up, and then they are posts."""
    return {path for path in found if path in known and known[path].reason == ID}


def _same(now: Source, before: Source) -> bool:
    return (now.size, now.mtime_ns, sources_store.stored_inode(now)) == (
        before.size,
        before.mtime_ns,
        before.inode,
    )


def _store(
    connection: Connection, findings: Findings, changes: Changes, known: Mapping[str, KnownSource], site: Site
) -> None:
    clashing = {problem.path: problem for problem in changes.problems}
    sources_store.drop_sources(connection, findings.vanished)
    results = [(source, clashing.get(result.path, result)) for source, result in findings.parsed]
    sources_store.put_sources(connection, results, known)
    numbers = state.take_sequence(connection, len(changes.mailable)) if changes.mailable else range(0)
    numbered = {id(post): number for post, number in zip(changes.mailable, numbers, strict=True)}
    # What the first scan numbers counts as carried: a branch switch must not mail the archive.
    given = posts_store.Numbers(numbered, carried=findings.first)
    posts_store.move_aside(connection, changes.moved)
    posts_store.update_posts(connection, changes.changed, given)
    posts_store.insert_posts(connection, changes.new, findings.now, given)
    if findings.first:
        subscribers_store.raise_watermarks(connection, state.top_sequence(connection))
        state.put(connection, "first_scan", findings.now.isoformat())
    state.put(connection, "site", _digest(site))
    state.put(connection, "catalog", str(int(state.get(connection, "catalog") or 0) + 1))
    state.remember_instant(connection, findings.now)


@dataclass(frozen=True, slots=True)
class _Counts:
    found: Mapping[str, Source]
    known: dict[str, KnownSource]
    parsed: dict[str, Parsed]


def _report(connection: Connection, counts: _Counts, mailable: Sequence[KnownPost]) -> ScanReport:
    new = sum(path not in counts.known for path in counts.parsed)
    changed = sum(
        path in counts.known and counts.known[path].fingerprint != result.fingerprint
        for path, result in counts.parsed.items()
    )
    return ScanReport(
        new=new,
        changed=changed,
        unchanged=len(counts.found) - new - changed,
        gone=len(counts.known.keys() - counts.found.keys()),
        visible=posts_store.count_visible(connection),
        withheld=sources_store.withheld(connection),
        problems=sources_store.problems(connection),
        mailable=len(mailable),
        held=posts_store.held_paths(connection),
    )


def _digest(site: Site) -> str:
    return blake2b(repr(site).encode(), digest_size=16).hexdigest()
