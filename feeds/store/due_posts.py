"""What time alone makes of posts: visible, mailable or expired."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, select, true

from feeds.store.post_rows import KNOWN_COLUMNS, KnownPost, known_of
from feeds.store.posts import posts_with
from feeds.store.schema.posts import RIPENING, WAITING, posts


def anything_due(connection: Connection, now: datetime, settle: timedelta, future: bool) -> bool:
    """Whether time alone makes a post visible, mailable or expired now."""
    queries = (select(posts.c.key).where(one).limit(1) for one in _due(now, settle, future))
    return any(connection.execute(query).first() is not None for query in queries)


def due_posts(connection: Connection, now: datetime, settle: timedelta, future: bool) -> list[KnownPost]:
    """The posts that time alone makes visible, mailable or expired, and those at the same address."""
    found: dict[int, KnownPost] = {}
    for one in _due(now, settle, future):
        rows = connection.execute(select(*KNOWN_COLUMNS).where(one))
        found |= {known.key: known for known in map(known_of, rows)}
    found |= posts_with(connection, posts.c.url, {known.post.url for known in found.values()})
    return [found[key] for key in sorted(found)]


def _due(now: datetime, settle: timedelta, future: bool) -> tuple[ColumnElement[bool], ...]:
    """The conditions, each of which has its own index."""
    settled = and_(
        RIPENING,
        posts.c.hold == "",
        posts.c.in_mail,
        posts.c.changed <= now - settle,
    )
    come = and_(WAITING, posts.c.state == "future", true() if future else posts.c.published <= now)
    expired = and_(posts.c.state.in_(["visible", "clash", "future"]), posts.c.expires <= now)
    return settled, come, expired
