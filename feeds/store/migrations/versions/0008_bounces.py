"""Reports about mails that came back, and how many came."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "bounces",
        sa.Column("issue", _KEY, nullable=False),
        sa.Column("number", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subscriber", _KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("issue", "number", "kind", name=op.f("pk_bounces")),
        comment="Reports about mails that were sent, each once however often it comes.",
    )
    op.create_index(op.f("ix_bounces_subscriber"), "bounces", ["subscriber"], unique=False)
    op.create_index("ix_bounces_at", "bounces", ["at"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receipt", name=op.f("pk_receipts")),
        comment="How many mails came to the address for bounces, by what became of them.",
    )
