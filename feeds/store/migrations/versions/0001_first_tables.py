"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes all tables."""
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
        comment="Numbers that are given out in the order of commits.",
    )
    op.create_table(
        "documents",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("writing", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_documents")),
        comment="Every file that a publication wrote.",
    )
    op.create_table(
        "feeds",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("first_published", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feeds")),
        sa.UniqueConstraint("id", name=op.f("uq_feeds_id")),
        comment="Every feed ever published, with the id it was given then.",
    )
    op.create_table(
        "issues",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_issues")),
        sa.UniqueConstraint("cadence", "due", "period", name=op.f("uq_issues_cadence_due_period")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notices",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notices")),
        comment="The outbox of single mails to single readers.",
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_notices_subscriber"), "notices", ["subscriber"], unique=False)
    op.create_table(
        "posts",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("declared_id", sa.Text(), nullable=False),
        sa.Column("rss_id", sa.Text(), nullable=False),
        sa.Column("atom_id", sa.Text(), nullable=False),
        sa.Column("json_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("published", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=True),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("image_alt", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("in_mail", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("twin", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.Column("hold", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_posts")),
        sa.UniqueConstraint("path", name=op.f("uq_posts_path")),
        sa.UniqueConstraint("sequence", name=op.f("uq_posts_sequence")),
        comment="Every post ever seen, with the ids it was given then.",
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posts_url"), "posts", ["url"], unique=False)
    op.create_index("ix_posts_visible", "posts", ["state", "published"], unique=False)
    op.create_table(
        "renderings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("image", sa.Text(), nullable=False),
        sa.Column("image_alt", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_renderings")),
        comment="Bodies as HTML, by content: a cache that can be emptied.",
    )
    op.create_index(op.f("ix_renderings_fingerprint"), "renderings", ["fingerprint"], unique=False)
    op.create_table(
        "slots",
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cadence", "zone", "hour", "weekday", "period", name=op.f("pk_slots")),
        comment="Slots that passed, with or without an issue: they never become due again.",
    )
    op.create_table(
        "sources",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_sources")),
        comment="Every file of the posts folder as the last scan saw it.",
    )
    op.create_table(
        "state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_state")),
        comment="Single facts: the last instant, whether the first scan was done, the instance.",
    )
    op.create_table(
        "subscribers",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("watermark", sa.BigInteger(), nullable=False),
        sa.Column("active_since", sa.BigInteger(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.Column("unsubscribed", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_subscribers")),
        sa.UniqueConstraint("email", name=op.f("uq_subscribers_email")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_subscribers_address_hash"), "subscribers", ["address_hash"], unique=False)
    op.create_index(
        "ix_subscribers_slot", "subscribers", ["state", "cadence", "zone", "hour", "weekday"], unique=False
    )
    op.create_table(
        "suppressions",
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address_hash", name=op.f("pk_suppressions")),
        comment="Addresses never to be mailed again, as keyed hashes: they outlive the subscriber.",
    )
    op.create_table(
        "editions",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("posts", sa.Text(), nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("skeleton", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issues.key"], name=op.f("fk_editions_issue")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_editions")),
        comment="The bytes of an issue that readers share, so that a retry sends the same.",
    )
    op.create_index(op.f("ix_editions_issue"), "editions", ["issue"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("top", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("doubts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["edition"], ["editions.key"], name=op.f("fk_deliveries_edition")),
        sa.ForeignKeyConstraint(["issue"], ["issues.key"], name=op.f("fk_deliveries_issue")),
        sa.PrimaryKeyConstraint("issue", "subscriber", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "subscriber", "cadence", "period", name=op.f("uq_deliveries_subscriber_cadence_period")
        ),
        comment="The ledger: one row per issue and reader.",
    )
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["issue", "subscriber"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'inflight', 'deferred')"),
    )
    op.create_index(
        "uq_deliveries_open",
        "deliveries",
        ["subscriber"],
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'inflight', 'deferred')"),
    )
