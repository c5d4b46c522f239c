"""Placing: documents into the public folder, each announced in the store before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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


def announce(connection: Connection, known: Mapping[str, KnownDocument], made: Iterable[Made]) -> None:
    """Stores the entity tags of the bytes that come next.

    Whoever dies while writing leaves files that later runs know by these tags to be ours, however many
    of these die as well.
    """
    rows = []
    for one in made:
        target, media_type = one.target, one.document.media_type
        first = KnownDocument(target.path, target.feed, target.format, "", media_type, -1, 0, "")
        before = known.get(target.path, first)
        tags = dict.fromkeys([*before.writing.split(), one.etag])
        rows.append(replace(before, writing=" ".join(tags)))
    publications.put_documents(connection, rows)


def place(
    database: Database,
    public: Path,
    known: Mapping[str, KnownDocument],
    made: Sequence[Made],
    *,
    replace_foreign: bool,
) -> set[str]:
    """Writes the documents; returns the paths of the files whose bytes changed.

    What was written before something went wrong is recorded all the same. Raises as ``output.publish``.
    """
    changed: set[str] = set()
    rows: list[KnownDocument] = []
    try:
        for one in made:
            now, wrote = _place_one(public, known.get(one.target.path), one, replace_foreign=replace_foreign)
            if wrote:
                changed.add(now.path)
            rows.append(_row(one, now))
    finally:
        if rows:
            output.sync(public, [row.path for row in rows])
            with database.write() as connection:
                publications.put_documents(connection, rows)
    return changed


def _place_one(
    public: Path, before: KnownDocument | None, made: Made, *, replace_foreign: bool
) -> tuple[Written, bool]:
    return output.publish(
        public,
        made.document,
        _written(before) if before is not None and before.etag else None,
        replace=replace_foreign,
        intended=() if before is None else before.writing.split(),
        etag=made.etag,
    )


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
