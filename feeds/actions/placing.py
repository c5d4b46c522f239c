"""Placing: documents into the public folder, each announced in the store before it is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection

from feeds.actions.targets import Target
from feeds.model.feed import Document
from feeds.store import publications
from feeds.store.database import Database
from feeds.store.publications import KnownDocument
from feeds.syndication import output
from feeds.syndication.output import Written

Versions = Mapping[str, Collection[str]]
"""Path of a document → the entity tags of all contents that it has or had."""


@dataclass(frozen=True)
class Made:
    """A document, and what it was made for."""

    target: Target
    document: Document

    @cached_property
    def etag(self) -> str:
        """The entity tag of its bytes."""
        return self.document.etag or output.entity_tag(self.document.body)


def is_there(public: Path, known: KnownDocument | None) -> bool:
    """Whether the file is there as we wrote it."""
    return known is not None and not known.writing and output.untouched(public, _written(known))


def announce(
    connection: Connection, known: Mapping[str, KnownDocument], made: Iterable[Made], now: datetime
) -> Versions:
    """Stores the entity tags of the bytes that come next; returns those of all that we ever wrote there.

    Whoever dies while writing leaves files that later runs know by these tags to be ours, however many
    of these die as well. And a node knows what it published before another one took over.
    """
    rows, versions = [], []
    for one in made:
        target, media_type = one.target, one.document.media_type
        first = KnownDocument(target.path, target.feed, target.format, "", media_type, -1, 0, "")
        before = known.get(target.path, first)
        tags = dict.fromkeys([*before.writing.split(), one.etag])
        rows.append(replace(before, writing=" ".join(tags)))
        versions += [(target.path, tag) for tag in (before.etag, *tags) if tag]
    publications.put_documents(connection, rows)
    publications.put_versions(connection, versions, now)
    return publications.versions_of(connection, [row.path for row in rows])


def place(
    database: Database,
    public: Path,
    known: Mapping[str, KnownDocument],
    made: Sequence[Made],
    versions: Versions,
    *,
    replace_foreign: bool,
) -> set[str]:
    """Writes the documents; returns the paths of the files whose bytes changed.

    A file counts as ours where it holds one of the ``versions``.
    What was written before something went wrong is recorded all the same. Raises as ``output.publish``.
    """
    changed: set[str] = set()
    rows: list[KnownDocument] = []
    try:
        for one in made:
            path = one.target.path
            before = known.get(path)
            now, wrote = output.publish(
                public,
                one.document,
                _written(before) if before is not None and before.etag else None,
                replace=replace_foreign,
                intended=versions[path],
                etag=one.etag,
            )
            if wrote:
                changed.add(now.path)
            rows.append(_row(one, now))
    finally:
        if rows:
            output.sync(public, [row.path for row in rows])
            with database.write() as connection:
                publications.put_documents(connection, rows)
    return changed


def _written(known: KnownDocument) -> Written:
    return Written(known.path, known.size, known.mtime_ns, known.etag)


def _row(made: Made, written: Written) -> KnownDocument:
    target = made.target
    return KnownDocument(
        target.path,
        target.feed,
        target.format,
        target.inputs,
        made.document.media_type,
        written.size,
        written.mtime_ns,
        written.etag,
    )
