"""How many mails went out, for limits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes both tables."""
    op.create_table(
        "send_minutes",
        sa.Column("minute", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("minute", name=op.f("pk_send_minutes")),
        comment="How many mails were reserved in each minute of the last day: limits of hours and days.",
    )
    op.create_table(
        "send_pace",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_send_pace")),
        comment="When the next mail is due if all go out evenly: the limit of a second.",
    )
