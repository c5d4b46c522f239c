"""Placing: documents into the public folder, each announced in the store before it is seen there.

Whoever makes a document writes it beside its place as well, in a process or a thread of its own: disks sync
several files in about the time of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from feeds.actions.targets import Target
from feeds.model.feed import Document
from feeds.model.noun import dataclass
from feeds.model.travel import Traveller
from feeds.store import publications
from feeds.store.database import Database
from feeds.store.publications import KnownDocument
from feeds.syndication import output
from feeds.syndication.durable import sync
from feeds.syndication.output import Draft
from feeds.syndication.ownership import Written, untouched

_WRITERS = 8
"""Threads that write at the same time: most of the time they wait for the disk."""

Versions = Mapping[str, Collection[str]]
"""Path of a document → the entity tags of all contents that it has or had."""


@dataclass(frozen=True, slots=True)
class Made(Traveller):
    """A document that lies beside its place, and what it was made for."""

    target: Target
    media_type: str
    draft: Draft


Drawn = tuple[Target, Document]
"""What is to be written, and where to."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where documents are written, and what stands there as far as it is known."""

    public: Path
    known: Mapping[str, KnownDocument]
    process: int
    """The one that will put them into their places."""

    def draft(self, target: Target, document: Document) -> Made:
        """Writes the document beside its place."""
        before = _before(self.known.get(target.path))
        draft = output.write_draft(self.public, document, before, process=self.process)
        return Made(target, document.media_type, draft)

    def is_elsewhere(self) -> bool:
        """Whether this is another process: documents are too large to be sent to the one that places them."""
        return os.getpid() != self.process


def is_there(public: Path, known: KnownDocument | None) -> bool:
    """Whether the file is there as we wrote it."""
    return known is not None and not known.writing and untouched(public, _written(known))


@contextmanager
def drafted(
    desk: Desk, documents: Iterable[Made | Drawn], meanwhile: Callable[[], None] = lambda: None
) -> Iterator[Iterator[Made]]:
    """The documents, each written beside its place; those that the block does not place are removed again.

    The block may begin before the last of them is durable: whoever asks for it waits. ``meanwhile``
    is done beside it all, by another thread, and before the block ends.
    """
    waiting: list[Future[Made]] = []
    try:
        with ThreadPoolExecutor(_WRITERS) as threads:
            other = threads.submit(meanwhile)
            for one in documents:
                waiting.append(_done(one) if isinstance(one, Made) else threads.submit(desk.draft, *one))
            yield (one.result() for one in waiting)
            other.result()
    finally:
        for future in waiting:
            if not future.exception():
                future.result().draft.discard()


def _done(made: Made) -> Future[Made]:
    future: Future[Made] = Future()
    future.set_result(made)
    return future


def announce(
    connection: Connection, known: Mapping[str, KnownDocument], made: Iterable[Made], now: datetime
) -> Versions:
    """Stores the entity tags of the bytes that come next; returns those of all that we ever wrote there.

    Whoever dies while writing leaves files that later runs know by these tags to be ours, however many
    of these die as well. And a node knows what it published before another one took over.
    """
    rows, versions = [], []
    for one in made:
        target = one.target
        first = KnownDocument(target.path, target.feed, target.format, "", one.media_type, -1, 0, "")
        before = known.get(target.path, first)
        tags = dict.fromkeys([*before.writing.split(), one.draft.etag])
        rows.append(replace(before, writing=" ".join(tags)))
        versions += [(target.path, tag) for tag in (before.etag, *tags) if tag]
    publications.put_documents(connection, rows)
    publications.put_versions(connection, versions, now)
    return publications.versions_of(connection, [row.path for row in rows])


def place(
    database: Database, desk: Desk, made: Sequence[Made], versions: Versions, *, replace_foreign: bool
) -> set[str]:
    """Puts the documents into their places; returns the paths of the files whose bytes changed.

    A file counts as ours where it holds one of the ``versions``.
    What was written before something went wrong is recorded all the same. Raises as ``output.publish``.
    """
    changed: set[str] = set()
    rows: list[KnownDocument] = []
    try:
        for one in made:
            path = one.target.path
            before = desk.known.get(path)
            now, wrote = output.publish(
                desk.public, one.draft, _before(before), replace=replace_foreign, intended=versions[path]
            )
            if wrote:
                changed.add(now.path)
            rows.append(_row(one, now))
    finally:
        if rows:
            sync(desk.public, [row.path for row in rows])
            with database.write() as connection:
                publications.put_documents(connection, rows)
    return changed


def _before(known: KnownDocument | None) -> Written | None:
    """The record of the last publication, if there was one."""
    return _written(known) if known is not None and known.etag else None


def _written(known: KnownDocument) -> Written:
    return Written(known.path, known.size, known.mtime_ns, known.etag)


def _row(made: Made, written: Written) -> KnownDocument:
    target = made.target
    return KnownDocument(
        target.path,
        target.feed,
        target.format,
        target.inputs,
        made.media_type,
        written.size,
        written.mtime_ns,
        written.etag,
    )
