"""What was found in the posts folder, and what each post became."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, text

from feeds.store.schema.naming import metadata
from feeds.store.types import Enclosures, EpisodeFacts, Instant, Key, Labels, Names, PlainText

NO_POST = text("verdict != 'post'")
VISIBLE = text("state = 'visible'")
WAITING = text("state IN ('future', 'expired')")
CLASHING = text("state = 'clash'")
HELD = text("hold != ''")
RIPENING = text("state = 'visible' AND sequence IS NULL")
"""Conditions of partial indexes: a query that is to use one has it in these very words."""

sources = Table(
    "sources",
    metadata,
    Column("path", PlainText, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("fingerprint", PlainText, nullable=False),
    Column("verdict", PlainText, nullable=False),  # post, withheld, problem
    Column("reason", PlainText, nullable=False),  # of a withheld file; the key to blame of a problem
    Column("line", Integer, nullable=False),
    Column("message", PlainText, nullable=False),
    Index("ix_sources_verdict", "verdict", sqlite_where=NO_POST),
    comment="Every file of the posts folder as the last scan saw it.",
)

posts = Table(
    "posts",
    metadata,
    Column("key", Key, primary_key=True),
    Column("path", PlainText, nullable=False, unique=True),
    Column("fingerprint", PlainText, nullable=False, index=True),
    Column("declared_id", PlainText, nullable=False, index=True),
    Column("rss_id", PlainText, nullable=False, index=True),
    Column("atom_id", PlainText, nullable=False, index=True),
    Column("json_id", PlainText, nullable=False, index=True),
    Column("title", PlainText, nullable=False),
    Column("slug", PlainText, nullable=False),
    Column("url", PlainText, nullable=False, index=True),
    Column("published", Instant, nullable=False),
    Column("updated", Instant),
    Column("categories", Labels, nullable=False),
    Column("tags", Labels, nullable=False),
    Column("author", Names, nullable=False),
    Column("language", PlainText, nullable=False),
    Column("excerpt", PlainText, nullable=False),
    Column("image", PlainText, nullable=False),
    Column("image_alt", PlainText, nullable=False),
    Column("notes", Labels, nullable=False),
    Column("in_mail", Boolean, nullable=False),
    Column("in_feeds", Boolean, nullable=False),
    Column("expires", Instant),
    Column("translation_key", PlainText, nullable=False, index=True),
    Column("feed_content", PlainText, nullable=False),
    Column("rights", PlainText, nullable=False),
    Column("enclosures", Enclosures, nullable=False),
    Column("episode", EpisodeFacts, nullable=False),
    Column("state", PlainText, nullable=False),  # visible, future, expired, clash, withheld, problem, gone
    Column("twin", PlainText, nullable=False),  # path of the visible post with the same address
    Column("first_seen", Instant, nullable=False),
    Column("changed", Instant, nullable=False),  # last change of content or of visibility
    Column("sequence", BigInteger, unique=True),  # given when it became mailable
    Column("carried", Boolean, nullable=False),  # an issue was composed with it
    Column("hold", PlainText, nullable=False),  # empty, owner, bulk
    # Most posts are visible, so an index of states would lead through all of them.
    Index("ix_posts_visible", "first_seen", sqlite_where=VISIBLE),
    Index("ix_posts_waiting", "published", sqlite_where=WAITING),
    Index("ix_posts_clashing", "path", sqlite_where=CLASHING),
    Index("ix_posts_held", "hold", sqlite_where=HELD),
    Index("ix_posts_expires", "expires", sqlite_where=text("expires IS NOT NULL")),
    Index("ix_posts_ripening", "changed", sqlite_where=RIPENING),
    sqlite_autoincrement=True,
    comment="Every post ever seen, with the ids it was given then.",
)

renderings = Table(
    "renderings",
    metadata,
    Column("name", PlainText, primary_key=True),  # digest of all that it depends on
    Column("fingerprint", PlainText, nullable=False, index=True),
    Column("recipe", PlainText, nullable=False),
    Column("html", PlainText, nullable=False),
    Column("excerpt", PlainText, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("image", PlainText, nullable=False),
    Column("image_alt", PlainText, nullable=False),
    comment="Bodies as HTML, by content: a cache that can be emptied.",
)
