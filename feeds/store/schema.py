"""The tables. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from feeds.store.types import Enclosures, EpisodeFacts, Instant, Keys, Labels, Topics

HEAD = "0004"
"""The newest migration, which ``metadata`` is equal to."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

state = Table(
    "state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="Single facts: the last instant, whether the first scan was done, the instance.",
)

counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
    comment="Numbers that are given out in the order of commits.",
)

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
    Column("path", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("verdict", Text, nullable=False),  # post, withheld, problem
    Column("reason", Text, nullable=False),  # of a withheld file; the key to blame of a problem
    Column("line", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Index("ix_sources_verdict", "verdict", sqlite_where=NO_POST),
    comment="Every file of the posts folder as the last scan saw it.",
)

posts = Table(
    "posts",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("fingerprint", Text, nullable=False, index=True),
    Column("declared_id", Text, nullable=False, index=True),
    Column("rss_id", Text, nullable=False, index=True),
    Column("atom_id", Text, nullable=False, index=True),
    Column("json_id", Text, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("url", Text, nullable=False, index=True),
    Column("published", Instant, nullable=False),
    Column("updated", Instant),
    Column("categories", Labels, nullable=False),
    Column("tags", Labels, nullable=False),
    Column("author", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("image", Text, nullable=False),
    Column("image_alt", Text, nullable=False),
    Column("notes", Labels, nullable=False),
    Column("in_mail", Boolean, nullable=False),
    Column("in_feeds", Boolean, nullable=False),
    Column("expires", Instant),
    Column("translation_key", Text, nullable=False, index=True),
    Column("feed_content", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("enclosures", Enclosures, nullable=False),
    Column("episode", EpisodeFacts, nullable=False),
    Column("state", Text, nullable=False),  # visible, future, expired, clash, withheld, problem, gone
    Column("twin", Text, nullable=False),  # path of the visible post with the same address
    Column("first_seen", Instant, nullable=False),
    Column("changed", Instant, nullable=False),  # last change of content or of visibility
    Column("sequence", BigInteger, unique=True),  # given when it became mailable
    Column("carried", Boolean, nullable=False),  # an issue was composed with it
    Column("hold", Text, nullable=False),  # empty, owner, bulk
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

facets = Table(
    "facets",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("kind", Text, nullable=False),  # all, category, tag, author
    Column("name", Text, nullable=False),  # as posts name it; empty for all
    Column("language", Text, nullable=False),  # empty: every language
    Column("posts", Integer, nullable=False),  # how many visible posts have it
    Column("page", Integer, nullable=False),  # the archive page that new posts go to
    Column("room", Integer, nullable=False),  # how many more posts that page takes
    UniqueConstraint("kind", "name", "language"),
    comment="What feeds are made of: one row for everything, each category, tag, author, and language.",
)

facet_posts = Table(
    "facet_posts",
    metadata,
    Column("facet", Integer, nullable=False),
    Column("published", Instant, nullable=False),
    Column("post", Integer, nullable=False),
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
    Column("facet", Integer, nullable=False),
    Column("page", Integer, nullable=False),  # 0: the newest posts; others: of the archive
    Column("changed", BigInteger, nullable=False, index=True),  # the scan that changed it, by its number
    PrimaryKeyConstraint("facet", "page"),
    sqlite_with_rowid=False,
    comment="Which parts of feeds a publication has to look at again.",
)

renderings = Table(
    "renderings",
    metadata,
    Column("name", Text, primary_key=True),  # digest of the content, the recipe and all else it depends on
    Column("fingerprint", Text, nullable=False, index=True),
    Column("recipe", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("image", Text, nullable=False),
    Column("image_alt", Text, nullable=False),
    comment="Bodies as HTML, by content: a cache that can be emptied.",
)

feeds = Table(
    "feeds",
    metadata,
    Column("name", Text, primary_key=True),  # "all", or "category:" and the category's label
    Column("id", Text, nullable=False, unique=True),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("first_published", Instant, nullable=False),
    comment="Every feed ever published, with the id it was given then.",
)

documents = Table(
    "documents",
    metadata,
    Column("path", Text, primary_key=True),  # relative to the public folder
    Column("feed", Text, nullable=False),  # name of the feed; empty for indexes
    Column("format", Text, nullable=False),
    Column("inputs", Text, nullable=False),  # digest of all that its bytes depend on
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("writing", Text, nullable=False),  # etags of bytes about to be written; empty once they are
    comment="Every file that a publication wrote.",
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("address_hash", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),  # pending, confirmed, unsubscribed
    Column("topics", Topics, nullable=False),
    Column("cadence", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("zone", Text, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("active_since", Instant),
    Column("generation", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("consent", Text, nullable=False),  # where the wish came from: form, operator, import
    Column("confirmed", Instant),
    Column("unsubscribed", Instant),
    Index("ix_subscribers_slot", "state", "cadence", "zone", "hour", "weekday"),
    sqlite_autoincrement=True,  # keys stand in links, so an erased one is never given out again
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("created", Instant, nullable=False),
    comment="Addresses never to be mailed again, as keyed hashes: they outlive the subscriber.",
)

slots = Table(
    "slots",
    metadata,
    Column("cadence", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("period", Text, nullable=False),
    Column("due", Instant, nullable=False),
    Column("closed", Instant, nullable=False),
    PrimaryKeyConstraint("cadence", "zone", "hour", "weekday", "period"),
    comment="Slots that passed, with or without an issue: they never become due again.",
)

issues = Table(
    "issues",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("cadence", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("due", Instant, nullable=False),
    Column("audience", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("state", Text, nullable=False),  # open, paused, cancelling, cancelled, finished
    Column("trouble", Text, nullable=False),  # why it is paused or cancelled
    UniqueConstraint("cadence", "due", "period"),
    sqlite_autoincrement=True,
)

editions = Table(
    "editions",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("issue", Integer, ForeignKey("issues.key"), nullable=False, index=True),
    Column("language", Text, nullable=False),
    Column("posts", Keys, nullable=False),
    Column("more", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("skeleton", LargeBinary, nullable=False),
    comment="The bytes of an issue that readers share, so that a retry sends the same.",
)

_OPEN = text("state IN ('pending', 'inflight', 'deferred')")

deliveries = Table(
    "deliveries",
    metadata,
    Column("issue", Integer, ForeignKey("issues.key"), nullable=False),
    Column("subscriber", Integer, nullable=False),  # no foreign key: the row outlives an erased reader
    Column("edition", Integer, ForeignKey("editions.key"), nullable=False),
    Column("cadence", Text, nullable=False),
    Column("period", Text, nullable=False),  # for cadence each: the top sequence number
    Column("top", BigInteger, nullable=False),  # the watermark once it is settled
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),  # attempts whose outcome nobody knows
    Column("next_at", Instant),  # real time, not --now
    Column("changed", Instant, nullable=False),
    Column("reply", Text, nullable=False),
    PrimaryKeyConstraint("issue", "subscriber"),
    UniqueConstraint("subscriber", "cadence", "period"),
    Index("uq_deliveries_open", "subscriber", unique=True, sqlite_where=_OPEN),
    Index("ix_deliveries_open", "issue", "subscriber", sqlite_where=_OPEN),
    comment="The ledger: one row per issue and reader.",
)

notices = Table(
    "notices",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("subscriber", Integer, nullable=False, index=True),
    Column("kind", Text, nullable=False),  # confirm, welcome, known
    Column("created", Instant, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("reply", Text, nullable=False),
    sqlite_autoincrement=True,
    comment="The outbox of single mails to single readers.",
)

send_minutes = Table(
    "send_minutes",
    metadata,
    Column("minute", BigInteger, primary_key=True, autoincrement=False),  # since 1970, of real time
    Column("count", BigInteger, nullable=False),
    comment="How many mails were reserved in each minute of the last day: limits of hours and days.",
)

send_pace = Table(
    "send_pace",
    metadata,
    Column("key", Integer, primary_key=True),  # there is one row
    Column("arrival", Instant, nullable=False),
    comment="When the next mail is due if all go out evenly: the limit of a second.",
)

reader_counts = Table(
    "reader_counts",
    metadata,
    Column("day", Text, nullable=False),  # ISO 8601, in the site's zone
    Column("feed", Text, nullable=False),
    Column("service", Text, nullable=False),  # empty for readers who fetch for themselves
    Column("feed_id", Text, nullable=False),  # what the service calls the feed
    Column("readers", BigInteger, nullable=False),
    PrimaryKeyConstraint("day", "feed", "service", "feed_id"),
    comment="How many asked for each feed: numbers alone, no address and nothing made of one.",
)

sidecars = Table(
    "sidecars",
    metadata,
    Column("path", Text, primary_key=True),  # relative to the public folder
    Column("document", Text, nullable=False),  # path of what it holds, compressed
    Column("content", Text, nullable=False),  # etag of what it holds
    Column("size", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    comment="Compressed files beside documents.",
)
