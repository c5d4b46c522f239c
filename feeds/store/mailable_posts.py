"""Which posts may be mailed, in the order of their sequence numbers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, update

from feeds.model.noun import dataclass
from feeds.store.schema.posts import HELD, posts
from feeds.store.state import top_sequence


@dataclass(frozen=True, slots=True)
class MailablePost:
    """What choosing posts for a reader needs to know of one."""

    key: int
    sequence: int
    published: datetime
    categories: tuple[str, ...]


def mailable_posts(connection: Connection, above: int) -> list[MailablePost]:
    """Visible posts with a sequence number above this one that nobody keeps out of mail, by number."""
    query = (
        select(posts.c.key, posts.c.sequence, posts.c.published, posts.c.categories)
        .where(posts.c.sequence > above, posts.c.state == "visible", posts.c.hold == "", posts.c.in_mail)
        .order_by(posts.c.sequence)
    )
    return [MailablePost(*row) for row in connection.execute(query)]


def ripening_posts(connection: Connection, settled_since: datetime) -> list[MailablePost]:
    """Visible posts that are to get their numbers, unchanged since then; numbered as they would be."""
    query = (
        select(posts.c.key, posts.c.published, posts.c.categories)
        .where(
            posts.c.state == "visible",
            posts.c.sequence.is_(None),
            posts.c.hold == "",
            posts.c.in_mail,
            posts.c.changed <= settled_since,
        )
        .order_by(posts.c.published, posts.c.path)
    )
    rows = connection.execute(query).all()
    return [
        MailablePost(key, number, published, categories)
        for number, (key, published, categories) in enumerate(rows, start=top_sequence(connection) + 1)
    ]


def held_paths(connection: Connection) -> tuple[str, ...]:
    """Paths of the visible posts that are kept out of mail."""
    # Asked for both, SQLite would go through all visible posts.
    rows = connection.execute(select(posts.c.path, posts.c.state).where(HELD))
    return tuple(sorted(row.path for row in rows if row.state == "visible"))


def mark_carried(connection: Connection, keys: Collection[int]) -> None:
    """Notes that an issue was composed with these posts: their sequence numbers are final."""
    if keys:
        connection.execute(update(posts).where(posts.c.key.in_(list(keys))).values(carried=True))
