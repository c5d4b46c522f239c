"""Sidecars: compressed files beside documents, withdrawn before these change and written after."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from feeds.store import publications
from feeds.store import sidecars as store
from feeds.store.database import Database
from feeds.store.publications import KnownDocument
from feeds.store.sidecars import Sidecar
from feeds.syndication import sidecars
from feeds.syndication.durable import sync
from feeds.syndication.ownership import Written, untouched
from feeds.syndication.sidecars import Record, sidecar_path

_UNWRITTEN = -1
"""The size of a sidecar that somebody set out to write."""


def withdraw(
    database: Database, public: Path, changing: Mapping[str, str], versions: Mapping[str, Collection[str]]
) -> None:
    """Removes the sidecars of documents that are about to change: path → the entity tag that comes.

    Also those that are known of no more, as another node wrote last: they hold one of the ``versions``.
    """
    with database.read() as connection:
        known = store.known_sidecars(connection)
    stale = [one for one in known.values() if changing.get(one.document, one.content) != one.content]
    _remove(database, public, stale)
    for path, etag in changing.items():
        sidecars.remove_older(public, path, [tag for tag in versions.get(path, ()) if tag != etag])


def accompany(database: Database, public: Path, *, compress: bool, replace: bool = False) -> None:
    """Writes the sidecars that are missing, removes those that nobody wants; raises as ``publish`` does."""
    with database.read() as connection:
        known = store.known_sidecars(connection)
        if not compress and not known:
            return
        documents = publications.known_documents(connection)
    wanted = _wanted(documents) if compress else {}
    stale = [one for path, one in known.items() if path not in wanted or wanted[path][0].etag != one.content]
    _remove(database, public, stale)
    fresh = {path: one for path, one in known.items() if one not in stale}
    missing = {
        path: target for path, target in wanted.items() if not _stands(public, target[0], fresh.get(path))
    }
    if missing:
        _write(database, public, missing, fresh, replace=replace)


def _wanted(documents: Mapping[str, KnownDocument]) -> dict[str, tuple[KnownDocument, str]]:
    """Path of each sidecar that there is to be → its document and coding."""
    from feeds.syndication.compression import WORTHWHILE, codings

    return {
        sidecar_path(document.path, coding): (document, coding)
        for document in documents.values()
        for coding in codings()
        if document.size >= WORTHWHILE and document.etag and not document.writing
    }


def _stands(public: Path, document: KnownDocument, known: Sidecar | None) -> bool:
    if known is None or known.mtime_ns != document.mtime_ns:
        return False
    file = _record(known).file
    return file is not None and untouched(public, file)


def _write(
    database: Database,
    public: Path,
    missing: Mapping[str, tuple[KnownDocument, str]],
    known: Mapping[str, Sidecar],
    *,
    replace: bool,
) -> None:
    """Announces what comes, writes it on all cores, and records what was written."""
    from concurrent.futures import ThreadPoolExecutor

    announced = [
        Sidecar(path, document.path, document.etag, _UNWRITTEN, 0, "")
        for path, (document, _) in missing.items()
    ]
    with database.write() as connection:
        store.put_sidecars(connection, announced)

    def one(path: str) -> Sidecar | None:
        document, coding = missing[path]
        before = known.get(path)
        file = Written(document.path, document.size, document.mtime_ns, document.etag)
        record = None if before is None else _record(before)
        made = sidecars.write(public, file, coding, record, replace=replace)
        if made is None:
            return None
        return Sidecar(path, document.path, document.etag, made.size, made.mtime_ns, made.etag)

    written: list[Sidecar] = []
    try:
        # zlib, brotli, hashing and the disk all let other threads go on.
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
            written += [made for made in threads.map(one, missing) if made is not None]
    finally:
        if written:
            sync(public, [made.path for made in written])
            with database.write() as connection:
                store.put_sidecars(connection, written)


def _remove(database: Database, public: Path, gone: Sequence[Sidecar]) -> None:
    """Removes the files first: a record without a file does no harm."""
    if not gone:
        return
    for sidecar in gone:
        sidecars.remove(public, sidecar.path, _record(sidecar))
    with database.write() as connection:
        store.put_sidecars(connection, (), [sidecar.path for sidecar in gone])


def _record(known: Sidecar) -> Record:
    if known.size == _UNWRITTEN:
        return Record(known.content, None)
    return Record(known.content, Written(known.path, known.size, known.mtime_ns, known.etag))
