"""What is mailed: issues and their ledger, and single mails."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from feeds.store.schema.naming import metadata
from feeds.store.types import Instant, Key, Keys, PlainText

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
