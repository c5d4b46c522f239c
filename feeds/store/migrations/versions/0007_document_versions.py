"""Contents that documents had, by which files of ours are known in folders where another run wrote last."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the table; what stands now is in it from the beginning."""
    op.create_table(
        "document_versions",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("path", "etag", name=op.f("pk_document_versions")),
        comment="Contents that documents have or had: by them an older file is known to be ours, "
        "wherever it lies.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_document_versions_last"), "document_versions", ["last"])
    op.execute(
        "INSERT INTO document_versions (path, etag, last) "
        "SELECT path, etag, mtime_ns / 1000 FROM documents WHERE etag <> ''"
    )
