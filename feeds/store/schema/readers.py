"""Who is mailed and who never, and what came back."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table

from feeds.store.schema.naming import metadata
from feeds.store.types import Instant, Key, PlainText, Topics

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
