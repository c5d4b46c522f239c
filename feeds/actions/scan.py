"""Scan: the posts folder as it is now, into the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from sqlalchemy import Connection

from feeds.actions.matching import ID, Findings
from feeds.actions.reading import Reading, Scan, list_files, list_places, paired, read_files
from feeds.actions.reconcile import Changes, reconcile
from feeds.actions.shelve import shelve
from feeds.actions.withdrawal import doubt, note
from feeds.errors import PostsMissing
from feeds.model.build_report import ScanReport
from feeds.model.noun import dataclass
from feeds.model.post import Parsed, Post, Source
from feeds.posts.recipe import READER
from feeds.store import posts as posts_store
from feeds.store import sources as sources_store
from feeds.store import state
from feeds.store import subscribers as subscribers_store
from feeds.store.database import Database
from feeds.store.due_posts import anything_due, due_posts
from feeds.store.mailable_posts import held_paths
from feeds.store.post_rows import KnownPost
from feeds.store.post_writes import Numbers, insert_posts, move_aside, update_posts
from feeds.store.sources import KnownSource, Status

_AHEAD = 10_000_000_000
"""Nanoseconds by which a file's time may run ahead before nobody believes it."""

_MANY = 500
"""Changed files from which on reading all known posts costs less than asking for the neighbours of each."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What is to be read, and what the last scan said of it."""

    first: bool
    idle: bool
    """Whether nothing is due by time alone."""
    found: Mapping[str, Source]
    """The files that were looked at, by path."""
    touched: Sequence[str]
    """Paths of those that are new or changed."""
    known: Mapping[str, KnownSource]
    """What the last scan said of these."""
    vanished: frozenset[str]
    unsettled: tuple[str, ...]
    """Paths of those that somebody may still be writing."""
    again: bool
    """Whether every file is read anew, since something changed that all posts depend on."""


def scan(
    database: Database,
    what: Scan,
    now: datetime,
    *,
    ahead: Reading | None = None,
    quiet_before: int | None = None,
    places: Iterable[str] | None = None,
    withdraw: bool = False,
    on_first: Callable[[Iterable[Parsed]], None] = lambda _: None,
) -> ScanReport:
    """Brings the store up to date with the folder and reports the difference.

    With ``places``, paths of files or folders below it, only these are looked at, whatever the size of
    the archive. Files modified after ``quiet_before`` (nanoseconds, real time) are left for a later
    scan, as somebody may still be writing them. ``on_first`` is told what the files of a first scan turned
    out to be, before they are stored. Raises PostsMissing if the folder cannot be read, and, unless the
    owner wants to ``withdraw`` them, if all posts or most of them are gone; then the store stays as it was.
    """
    with database.read() as connection:
        look = _look(connection, what, now, ahead=ahead, places=places, quiet_before=quiet_before)
    if ahead is not None and len(look.touched) == len(look.found):
        parsed = paired(look.found.values(), ahead.parsed)
    else:
        parsed = read_files(what, [look.found[path] for path in look.touched])
    if look.first:
        on_first(result for _, result in parsed)
    if look.idle and not parsed and not look.vanished:
        with database.read() as connection:
            return _report(connection, look, parsed, ())
    with database.write() as connection:
        findings = Findings(parsed, look.vanished, now, look.first)
        known = _concerned(connection, findings, what)
        changes = reconcile(known, findings, what.policy)
        why = "" if withdraw else doubt(connection, what.folder, known, changes, findings)
        if not why:
            note(connection, known, changes, now, meant=withdraw)
            keys = _store(connection, findings, changes, look.known, what)
            shelve(connection, known, changes, keys, what.facets, again=look.again)
            return _report(connection, look, parsed, changes.mailable)
    raise PostsMissing(why)


# Looking ----------------------------------------------------------------------------------------


def _look(
    connection: Connection,
    what: Scan,
    now: datetime,
    *,
    ahead: Reading | None,
    places: Iterable[str] | None,
    quiet_before: int | None,
) -> _Look:
    first = state.get(connection, "first_scan") is None
    reparse = state.get(connection, "site") != _digest(what)
    due = not first and anything_due(connection, now, what.policy.settle, what.policy.future)
    if places is None or first or reparse:
        found = list_files(what.folder) if ahead is None else dict(ahead.found)
        statuses = sources_store.statuses(connection)
    else:
        named = list(places)
        found = list_places(what, named)
        statuses = sources_store.statuses_at(connection, named)
    touched = {path for path, source in found.items() if reparse or statuses.get(path) != _status(source)}
    unsettled = {path for path in touched if _is_young(found[path], quiet_before)}
    touched -= unsettled
    vanished = frozenset(statuses.keys() - found.keys())
    if touched or vanished:
        rejected = _rejected(connection, what, found)
        found |= rejected
        touched |= rejected.keys()
    known = {} if first else sources_store.known_sources(connection, touched)
    return _Look(
        first=first,
        idle=not (first or due),
        found=found,
        touched=sorted(touched),
        known=known,
        vanished=vanished,
        unsettled=tuple(sorted(unsettled)),
        again=reparse and not first,
    )


def _rejected(connection: Connection, what: Scan, found: Mapping[str, Source]) -> dict[str, Source]:
    """Files whose id another one had: the other may have given it up, and then they are posts."""
    paths = sources_store.rejected_paths(connection, ID)
    elsewhere = list_places(what, [path for path in paths if path not in found])
    return {path: found[path] for path in paths if path in found} | elsewhere


def _is_young(source: Source, quiet_before: int | None) -> bool:
    """Whether it was modified a moment ago; a time that lies in the future is no reason to wait for it."""
    return quiet_before is not None and quiet_before < source.mtime_ns <= quiet_before + _AHEAD


def _status(source: Source) -> Status:
    return source.size, source.mtime_ns, sources_store.stored_inode(source)


def _concerned(connection: Connection, findings: Findings, what: Scan) -> list[KnownPost]:
    """The known posts that what was found, or the time alone, can concern."""
    if len(findings.parsed) + len(findings.vanished) > _MANY:
        return posts_store.known_posts(connection)
    files = [parsed for _, parsed in findings.parsed if isinstance(parsed, Post)]
    paths = {parsed.path for _, parsed in findings.parsed} | findings.vanished
    known = {post.key: post for post in posts_store.neighbours(connection, files, paths)}
    policy = what.policy
    for post in due_posts(connection, findings.now, policy.settle, policy.future):
        known[post.key] = post
    return [known[key] for key in sorted(known)]


# Storing ----------------------------------------------------------------------------------------


def _store(
    connection: Connection,
    findings: Findings,
    changes: Changes,
    known: Mapping[str, KnownSource],
    what: Scan,
) -> range:
    """Writes it all, and returns the keys of the new posts."""
    clashing = {problem.path: problem for problem in changes.problems}
    sources_store.drop_sources(connection, findings.vanished)
    results = ((source, clashing.get(result.path, result)) for source, result in findings.parsed)
    sources_store.put_sources(connection, results, known)
    numbers = state.take_sequence(connection, len(changes.mailable)) if changes.mailable else range(0)
    numbered = {id(post): number for post, number in zip(changes.mailable, numbers, strict=True)}
    # What the first scan numbers counts as carried: a branch switch must not mail the archive.
    given = Numbers(numbered, carried=findings.first)
    move_aside(connection, changes.moved)
    update_posts(connection, changes.changed, given)
    keys = insert_posts(connection, changes.new, findings.now, given)
    if findings.first:
        subscribers_store.raise_watermarks(connection, state.top_sequence(connection))
        state.put(connection, "first_scan", findings.now.isoformat())
    state.put(connection, "site", _digest(what))
    state.put(connection, state.CATALOG, str(state.catalog(connection) + 1))
    state.remember_instant(connection, findings.now)
    return keys


def _report(
    connection: Connection,
    look: _Look,
    parsed: Sequence[tuple[Source, Parsed]],
    mailable: Sequence[KnownPost],
) -> ScanReport:
    new = sum(result.path not in look.known for _, result in parsed)
    changed = sum(
        result.path in look.known and look.known[result.path].fingerprint != result.fingerprint
        for _, result in parsed
    )
    return ScanReport(
        new=new,
        changed=changed,
        unchanged=len(look.found) - new - changed,
        gone=len(look.vanished),
        visible=posts_store.count_visible(connection),
        withheld=sources_store.withheld(connection),
        problems=sources_store.problems(connection),
        mailable=len(mailable),
        held=held_paths(connection),
        unsettled=look.unsettled,
    )


def _digest(what: Scan) -> str:
    facets = sorted(what.facets)
    return blake2b(repr((READER, what.site, facets)).encode(), digest_size=16).hexdigest()
