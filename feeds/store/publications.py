"""Feeds and the documents that were published of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from feeds.model.noun import dataclass
from feeds.store.schema.feeds import document_versions, documents, feeds


@dataclass(frozen=True, slots=True)
class KnownFeed:
    """A feed that was published before."""

    name: str
    """``all``, or ``category:`` and the category's label."""
    id: str
    key: str
    title: str
    first_published: datetime


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A file that an earlier publication wrote."""

    path: str
    feed: str
    format: str
    inputs: str
    media_type: str
    size: int
    mtime_ns: int
    etag: str
    writing: str = ""
    """The etags, with blanks between, of bytes that runs were about to write when they were last heard of."""


_DOCUMENT = tuple(field.name for field in fields(KnownDocument))


def known_feeds(connection: Connection) -> dict[str, KnownFeed]:
    """Every feed ever published, by name."""
    query = select(feeds.c.name, feeds.c.id, feeds.c.key, feeds.c.title, feeds.c.first_published)
    return {row[0]: KnownFeed(*row) for row in connection.execute(query)}


def put_feeds(connection: Connection, new: Sequence[KnownFeed], changed: Sequence[KnownFeed]) -> None:
    """Writes feeds; the id and the instant of a feed that is known stay as they are."""
    if new:
        names = ("name", "id", "key", "title", "first_published")
        connection.execute(insert(feeds), [{n: getattr(feed, n) for n in names} for feed in new])
    if changed:
        statement = update(feeds).where(feeds.c.name == bindparam("this"))
        values = statement.values(key=bindparam("k"), title=bindparam("t"))
        connection.execute(values, [{"this": f.name, "k": f.key, "t": f.title} for f in changed])


def known_documents(connection: Connection) -> dict[str, KnownDocument]:
    """Every document that was written, by path."""
    names = _DOCUMENT
    rows = connection.execute(select(*(documents.c[name] for name in names)))
    return {row[0]: KnownDocument(*row) for row in rows}


def document(connection: Connection, path: str) -> KnownDocument | None:
    """The document at this path, if one was written."""
    columns = (documents.c[name] for name in _DOCUMENT)
    row = connection.execute(select(*columns).where(documents.c.path == path)).first()
    return None if row is None else KnownDocument(*row)


def put_documents(connection: Connection, written: Sequence[KnownDocument]) -> None:
    """Writes what is known of these documents."""
    if written:
        drop_documents(connection, [document.path for document in written])
        rows = [{name: getattr(d, name) for name in _DOCUMENT} for d in written]
        connection.execute(insert(documents), rows)


def drop_documents(connection: Connection, paths: Collection[str]) -> None:
    """Forgets these documents."""
    connection.execute(delete(documents).where(documents.c.path == bindparam("p")), [{"p": p} for p in paths])


def put_versions(connection: Connection, versions: Iterable[tuple[str, str]], now: datetime) -> None:
    """Notes that these contents (path and etag) are or were those of documents at this moment."""
    this = document_versions
    rows = [{"path": path, "etag": etag, "last": now} for path, etag in dict.fromkeys(versions)]
    if rows:
        same = (this.c.path == bindparam("p"), this.c.etag == bindparam("e"))
        keys = [{"p": row["path"], "e": row["etag"]} for row in rows]
        connection.execute(delete(this).where(*same), keys)
        connection.execute(insert(this), rows)


def versions_of(connection: Connection, paths: Collection[str]) -> dict[str, set[str]]:
    """The etags of all contents that these documents have or had."""
    found: dict[str, set[str]] = {path: set() for path in paths}
    query = select(document_versions.c.path, document_versions.c.etag)
    for path, etag in connection.execute(query.where(document_versions.c.path.in_(paths))):
        found[path].add(etag)
    return found


def forget_versions(connection: Connection, before: datetime) -> None:
    """Forgets contents that no document has had since."""
    current = exists().where(
        documents.c.path == document_versions.c.path, documents.c.etag == document_versions.c.etag
    )
    connection.execute(delete(document_versions).where(document_versions.c.last < before, ~current))
