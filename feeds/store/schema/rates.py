"""How much was sent, by all who share the database: what limits hold to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from feeds.store.schema.naming import metadata
from feeds.store.types import Instant, Key

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
