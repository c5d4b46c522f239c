"""Deliveries without row numbers, and an index condition that costs nothing to test.

A message writes its row twice, and SQLite made a table of the list of open states for each index each time.
PostgreSQL stays as it is: its index conditions mean the same.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

_COLUMNS = (
    "issue, subscriber, edition, cadence, period, top, state, attempts, doubts, next_at, changed, reply, node"
)
_OPEN = "(state = 'pending' OR state = 'inflight' OR state = 'deferred')"

_NEW = """
CREATE TABLE deliveries_new (
\tissue INTEGER NOT NULL,
\tsubscriber INTEGER NOT NULL,
\tedition INTEGER NOT NULL,
\tcadence TEXT NOT NULL,
\tperiod TEXT NOT NULL,
\ttop BIGINT NOT NULL,
\tstate TEXT NOT NULL,
\tattempts INTEGER NOT NULL,
\tdoubts INTEGER NOT NULL,
\tnext_at BIGINT,
\tchanged BIGINT NOT NULL,
\treply TEXT NOT NULL,
\tnode BIGINT,
\tCONSTRAINT pk_deliveries PRIMARY KEY (issue, subscriber),
\tCONSTRAINT uq_deliveries_subscriber_cadence_period UNIQUE (subscriber, cadence, period),
\tCONSTRAINT fk_deliveries_issue FOREIGN KEY(issue) REFERENCES issues ("key"),
\tCONSTRAINT fk_deliveries_edition FOREIGN KEY(edition) REFERENCES editions ("key")
) WITHOUT ROWID
"""


def upgrade() -> None:
    """Copies the ledger into a table of the new kind."""
    if op.get_bind().dialect.name != "sqlite":
        return
    op.execute(_NEW)
    op.execute(f"INSERT INTO deliveries_new ({_COLUMNS}) SELECT {_COLUMNS} FROM deliveries")  # noqa: S608
    op.execute("DROP TABLE deliveries")
    op.execute("ALTER TABLE deliveries_new RENAME TO deliveries")
    op.execute(f"CREATE UNIQUE INDEX uq_deliveries_open ON deliveries (subscriber) WHERE {_OPEN}")
    op.execute(f"CREATE INDEX ix_deliveries_open ON deliveries (issue, subscriber) WHERE {_OPEN}")
