"""Feeds, the files that they were written to, and who reads them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table

from feeds.store.schema.naming import metadata
from feeds.store.types import Instant, PlainText

feeds = Table(
    "feeds",
    metadata,
    Column("name", PlainText, primary_key=True),  # "all", or "category:" and the category's label
    Column("id", PlainText, nullable=False, unique=True),
    Column("key", PlainText, nullable=False),
    Column("title", PlainText, nullable=False),
    Column("first_published", Instant, nullable=False),
    comment="Every feed ever published, with the id it was given then.",
)

documents = Table(
    "documents",
    metadata,
    Column("path", PlainText, primary_key=True),  # relative to the public folder
    Column("feed", PlainText, nullable=False),  # name of the feed; empty for indexes
    Column("format", PlainText, nullable=False),
    Column("inputs", PlainText, nullable=False),  # digest of all that its bytes depend on
    Column("media_type", PlainText, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("etag", PlainText, nullable=False),
    Column("writing", PlainText, nullable=False),  # etags of bytes about to be written; empty once they are
    comment="Every file that a publication wrote.",
)

document_versions = Table(
    "document_versions",
    metadata,
    Column("path", PlainText, nullable=False),
    Column("etag", PlainText, nullable=False),
    Column("last", Instant, nullable=False, index=True),  # when it was the newest, for the last time
    PrimaryKeyConstraint("path", "etag"),
    sqlite_with_rowid=False,
    comment="Contents that documents have or had: by them an older file is known to be ours, wherever "
    "it lies.",
)

sidecars = Table(
    "sidecars",
    metadata,
    Column("path", PlainText, primary_key=True),  # relative to the public folder
    Column("document", PlainText, nullable=False),  # path of what it holds, compressed
    Column("content", PlainText, nullable=False),  # etag of what it holds
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("etag", PlainText, nullable=False),
    comment="Compressed files beside documents.",
)

reader_counts = Table(
    "reader_counts",
    metadata,
    Column("day", PlainText, nullable=False),  # ISO 8601, in the site's zone
    Column("feed", PlainText, nullable=False),
    Column("service", PlainText, nullable=False),  # empty for readers who fetch for themselves
    Column("feed_id", PlainText, nullable=False),  # what the service calls the feed
    Column("readers", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "feed", "service", "feed_id"),
    comment="How many asked for each feed: numbers alone, no address and nothing made of one.",
)
