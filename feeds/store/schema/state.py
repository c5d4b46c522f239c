"""Single facts and numbers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from feeds.store.schema.naming import metadata
from feeds.store.types import PlainText

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
