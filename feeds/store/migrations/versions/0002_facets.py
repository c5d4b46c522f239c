"""Facets, and what front matter says about feeds, translations and media.

The next scan reads every file again and fills them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INDEXED = ("fingerprint", "declared_id", "rss_id", "atom_id", "json_id", "translation_key")

_PARTIAL = (
    ("visible", "first_seen", "state = 'visible'"),
    ("waiting", "published", "state IN ('future', 'expired')"),
    ("clashing", "path", "state = 'clash'"),
    ("held", "hold", "hold != ''"),
    ("expires", "expires", "expires IS NOT NULL"),
    ("ripening", "changed", "state = 'visible' AND sequence IS NULL"),
)


def upgrade() -> None:
    """Makes the tables of facets, and adds columns to posts."""
    _make_facets()
    yes = sa.true()
    op.add_column("posts", sa.Column("in_feeds", sa.Boolean(), nullable=False, server_default=yes))
    op.add_column("posts", sa.Column("expires", sa.BigInteger()))
    for name in ("translation_key", "feed_content", "rights", "episode"):
        op.add_column("posts", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("posts", sa.Column("enclosures", sa.Text(), nullable=False, server_default="[]"))
    for name in _INDEXED:
        op.create_index(op.f(f"ix_posts_{name}"), "posts", [name], unique=False)
    odd = sa.text("verdict != 'post'")
    op.create_index("ix_sources_verdict", "sources", ["verdict"], unique=False, sqlite_where=odd)
    op.drop_index("ix_posts_visible", table_name="posts")
    for name, column, where in _PARTIAL:
        op.create_index(f"ix_posts_{name}", "posts", [column], unique=False, sqlite_where=sa.text(where))
    op.execute("DELETE FROM state WHERE name = 'site'")


def _make_facets() -> None:
    op.create_table(
        "facets",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("room", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_facets")),
        sa.UniqueConstraint("kind", "name", "language", name=op.f("uq_facets_kind_name_language")),
        comment="What feeds are made of: one row for everything, each category, tag, author, and language.",
    )
    op.create_table(
        "facet_posts",
        sa.Column("facet", sa.Integer(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "published", "post", name=op.f("pk_facet_posts")),
        sqlite_with_rowid=False,
        comment="The visible posts of each facet.",
    )
    op.create_index("ix_facet_posts_post", "facet_posts", ["post"], unique=False)
    op.create_index("ix_facet_posts_page", "facet_posts", ["facet", "page"], unique=False)
    op.create_table(
        "facet_pages",
        sa.Column("facet", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("facet", "page", name=op.f("pk_facet_pages")),
        sqlite_with_rowid=False,
        comment="Which parts of feeds a publication has to look at again.",
    )
    op.create_index(op.f("ix_facet_pages_changed"), "facet_pages", ["changed"], unique=False)
