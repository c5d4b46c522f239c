"""On PostgreSQL a column says whether a delivery is open, for the indexes of open ones.

They were of the state, so that each of a message's writes made new entries in every index of the ledger.
SQLite stays as it is: it writes an index only where a row enters or leaves it.
"""

from alembic import op

revision = "0009"
down_revision = "0008"

_STATEMENTS = (
    "ALTER TABLE deliveries ADD COLUMN open BOOLEAN NOT NULL GENERATED ALWAYS AS "
    "(state = 'pending' OR state = 'inflight' OR state = 'deferred') STORED",
    "DROP INDEX uq_deliveries_open",
    "DROP INDEX ix_deliveries_open",
    "CREATE UNIQUE INDEX uq_deliveries_open ON deliveries (subscriber) WHERE open",
    "CREATE INDEX ix_deliveries_open ON deliveries (issue, subscriber) WHERE open",
    "ALTER TABLE deliveries SET (fillfactor = 40)",
    "ALTER TABLE subscribers SET (fillfactor = 80)",
)


def upgrade() -> None:
    """Adds the column, and makes both indexes anew."""
    if op.get_bind().dialect.name == "postgresql":
        for statement in _STATEMENTS:
            op.execute(statement)
