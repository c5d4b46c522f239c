"""Which posts feeds are made of."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from feeds.store.schema.naming import metadata
from feeds.store.types import Instant, Key, PlainText

facets = Table(
    "facets",
    metadata,
    Column("key", Key, primary_key=True),
    Column("kind", PlainText, nullable=False),  # all, category, tag, author
    Column("name", PlainText, nullable=False),  # as posts name it; empty for all
    Column("language", PlainText, nullable=False),  # empty: every language
    Column("posts", Integer, nullable=False),  # how many visible posts have it
    Column("page", Integer, nullable=False),  # the archive page that new posts go to
    Column("room", Integer, nullable=False),  # how many more posts that page takes
    UniqueConstraint("kind", "name", "language"),
    comment="What feeds are made of: one row for everything, each category, tag, author, and language.",
)

facet_posts = Table(
    "facet_posts",
    metadata,
    Column("facet", Key, nullable=False),
    Column("published", Instant, nullable=False),
    Column("post", Key, nullable=False),
    Column("page", Integer, nullable=False),  # of the archive, given at first sight and kept
    PrimaryKeyConstraint("facet", "published", "post"),
    Index("ix_facet_posts_post", "post"),
    Index("ix_facet_posts_page", "facet", "page"),
    sqlite_with_rowid=False,
    comment="The visible posts of each facet.",
)

facet_pages = Table(
    "facet_pages",
    metadata,
    Column("facet", Key, nullable=False),
    Column("page", Integer, nullable=False),  # 0: the newest posts; others: of the archive
    Column("changed", BigInteger, nullable=False, index=True),  # the scan that changed it, by its number
    PrimaryKeyConstraint("facet", "page"),
    sqlite_with_rowid=False,
    comment="Which parts of feeds a publication has to look at again.",
)
