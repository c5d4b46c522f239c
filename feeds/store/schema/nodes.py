"""What processes that share a database agree on: which they are, and who does what for all."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table

from feeds.store.schema.naming import metadata
from feeds.store.types import Instant, Key, PlainText

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
