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
    UniqueConstraint,
    text,
)

from feeds.store.types import Enclosures, EpisodeFacts, Instant, Key, Keys, Labels, Names, PlainText, Topics

HEAD = "0009"
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
    Column("name", PlainText, primary_key=True),
    Column("value", PlainText, nullable=False),
    comment="Single facts: the last instant, whether the first scan was done, the instance.",
)

counters = Table(
    "counters",
    metadata,
    Column("name", PlainText, primary_key=True),
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

renderings = Table(
    "renderings",
    metadata,
    Column(
        "name", PlainText, primary_key=True
    ),  # digest of the content, the recipe and all else it depends on
    Column("fingerprint", PlainText, nullable=False, index=True),
    Column("recipe", PlainText, nullable=False),
    Column("html", PlainText, nullable=False),
    Column("excerpt", PlainText, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("image", PlainText, nullable=False),
    Column("image_alt", PlainText, nullable=False),
    comment="Bodies as HTML, by content: a cache that can be emptied.",
)

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

subscribers = Table(
    "subscribers",
    metadata,
    Column("key", Key, primary_key=True),
    Column("email", PlainText, nullable=False, unique=True),
    Column("address_hash", PlainText, nullable=False, index=True),
    Column("name", PlainText, nullable=False),
    Column("state", PlainText, nullable=False),  # pending, confirmed, unsubscribed
    Column("topics", Topics, nullable=False),
    Column("cadence", PlainText, nullable=False),
    Column("language", PlainText, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("zone", PlainText, nullable=False),
    Column("watermark", BigInteger, nullable=False),
    Column("active_since", Instant),
    Column("generation", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("consent", PlainText, nullable=False),  # where the wish came from: form, operator, import
    Column("confirmed", Instant),
    Column("unsubscribed", Instant),
    Index("ix_subscribers_slot", "state", "cadence", "zone", "hour", "weekday"),
    sqlite_autoincrement=True,  # keys stand in links, so an erased one is never given out again
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", PlainText, primary_key=True),
    Column("reason", PlainText, nullable=False),
    Column("created", Instant, nullable=False),
    comment="Addresses never to be mailed again, as keyed hashes: they outlive the subscriber.",
)

slots = Table(
    "slots",
    metadata,
    Column("cadence", PlainText, nullable=False),
    Column("zone", PlainText, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("weekday", Integer, nullable=False),
    Column("period", PlainText, nullable=False),
    Column("due", Instant, nullable=False),
    Column("closed", Instant, nullable=False),
    PrimaryKeyConstraint("cadence", "zone", "hour", "weekday", "period"),
    comment="Slots that passed, with or without an issue: they never become due again.",
)

issues = Table(
    "issues",
    metadata,
    Column("key", Key, primary_key=True),
    Column("cadence", PlainText, nullable=False),
    Column("period", PlainText, nullable=False),
    Column("due", Instant, nullable=False),
    Column("audience", Integer, nullable=False),
    Column("created", Instant, nullable=False),
    Column("state", PlainText, nullable=False),  # open, paused, cancelling, cancelled, finished
    Column("trouble", PlainText, nullable=False),  # why it is paused or cancelled
    UniqueConstraint("cadence", "due", "period"),
    sqlite_autoincrement=True,
)

editions = Table(
    "editions",
    metadata,
    Column("key", Key, primary_key=True),
    Column("issue", Key, ForeignKey("issues.key"), nullable=False, index=True),
    Column("language", PlainText, nullable=False),
    Column("posts", Keys, nullable=False),
    Column("more", Integer, nullable=False),
    Column("subject", PlainText, nullable=False),
    Column("skeleton", LargeBinary, nullable=False),
    comment="The bytes of an issue that readers share, so that a retry sends the same.",
)


def open_condition(prefix: str = "") -> str:
    """That a delivery is open, in the very words of the partial indexes; ``prefix`` is its table and a dot.

    Not ``IN``: of a longer list SQLite makes a table of its own, for each index and row that is written.
    """
    return f"({prefix}state = 'pending' OR {prefix}state = 'inflight' OR {prefix}state = 'deferred')"


_OPEN = text(open_condition())

deliveries = Table(
    "deliveries",
    metadata,
    Column("issue", Key, ForeignKey("issues.key"), nullable=False),
    Column("subscriber", Key, nullable=False),  # no foreign key: the row outlives an erased reader
    Column("edition", Key, ForeignKey("editions.key"), nullable=False),
    Column("cadence", PlainText, nullable=False),
    Column("period", PlainText, nullable=False),  # for cadence each: the top sequence number
    Column("top", BigInteger, nullable=False),  # the watermark once it is settled
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),  # attempts whose outcome nobody knows
    Column("next_at", Instant),  # real time, not --now
    Column("changed", Instant, nullable=False),
    Column("reply", PlainText, nullable=False),
    Column("node", BigInteger),  # epoch of the node that claimed it; nobody's on SQLite
    PrimaryKeyConstraint("issue", "subscriber"),
    UniqueConstraint("subscriber", "cadence", "period"),
    Index("uq_deliveries_open", "subscriber", unique=True, sqlite_where=_OPEN),
    Index("ix_deliveries_open", "issue", "subscriber", sqlite_where=_OPEN),
    sqlite_with_rowid=False,  # each message writes its row twice: found at once, and beside its neighbours
    comment="The ledger: one row per issue and reader.",
)

notices = Table(
    "notices",
    metadata,
    Column("key", Key, primary_key=True),
    Column("subscriber", Key, nullable=False, index=True),
    Column("kind", PlainText, nullable=False),  # confirm, welcome, known
    Column("created", Instant, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("state", PlainText, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Instant),
    Column("reply", PlainText, nullable=False),
    Column("node", BigInteger),  # epoch of the node that has it in flight; nobody's on SQLite
    sqlite_autoincrement=True,
    comment="The outbox of single mails to single readers.",
)

nodes = Table(
    "nodes",
    metadata,
    Column("epoch", Key, primary_key=True),
    Column("name", PlainText, nullable=False),  # of the state folder: only one process in it sends at a time
    Column("until", Instant, nullable=False),  # by the database's clock; then others take over
    sqlite_autoincrement=True,
    comment="Processes that share a database, each under a new number.",
)

leases = Table(
    "leases",
    metadata,
    Column("name", PlainText, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("until", Instant, nullable=False),  # by the database's clock
    comment="Work that one node at a time does for all.",
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
    Column("key", Key, primary_key=True),  # there is one row
    Column("arrival", Instant, nullable=False),
    comment="When the next mail is due if all go out evenly: the limit of a second.",
)

bounces = Table(
    "bounces",
    metadata,
    Column("issue", Key, nullable=False),  # 0: a notice
    Column("number", Key, nullable=False),  # the subscriber's key; of a notice its own
    Column("kind", PlainText, nullable=False),  # hard, soft, refused, complaint
    Column("subscriber", Key, nullable=False, index=True),  # the row outlives an erased reader
    Column("at", Instant, nullable=False),
    Column("status", PlainText, nullable=False),
    Column("diagnostic", PlainText, nullable=False),
    Column("counts", Boolean, nullable=False),  # until the address is allowed again
    PrimaryKeyConstraint("issue", "number", "kind"),
    Index("ix_bounces_at", "at"),
    comment="Reports about mails that were sent, each once however often it comes.",
)

receipts = Table(
    "receipts",
    metadata,
    Column("receipt", PlainText, primary_key=True),
    Column("count", BigInteger, nullable=False),
    comment="How many mails came to the address for bounces, by what became of them.",
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
