"""Nodes that share a database; SQLite has the tables too, and leaves them empty."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes both tables, and says which node has a delivery."""
    op.create_table(
        "nodes",
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_nodes")),
        comment="Processes that share a database, each under a new number.",
        sqlite_autoincrement=True,
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
        comment="Work that one node at a time does for all.",
    )
    op.add_column("deliveries", sa.Column("node", sa.BigInteger()))
    op.add_column("notices", sa.Column("node", sa.BigInteger()))
