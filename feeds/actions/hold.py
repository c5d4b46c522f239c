"""Hold and release: the owner keeps posts out of mail, and lets them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from feeds.errors import UsageError
from feeds.store import posts as posts_store
from feeds.store import state
from feeds.store.database import Database
from feeds.store.posts import KnownPost


def hold(database: Database, names: Sequence[str]) -> tuple[str, ...]:
    """Keeps these posts out of mail and returns their paths.

    What an issue carried before stays as it is. Raises UsageError for a name that is no post.
    """
    with database.write() as connection:
        chosen = _find(connection, names)
        posts_store.update_posts(
            connection,
            [
                replace(post, hold="owner", sequence=post.sequence if post.carried else None)
                for post in chosen
            ],
        )
        return tuple(post.post.path for post in chosen)


def release(database: Database, names: Sequence[str], now: datetime, settle: timedelta) -> tuple[str, ...]:
    """Lets held posts go, those that lay unchanged for the settle time at once, and returns their paths."""
    with database.write() as connection:
        chosen = [post for post in _find(connection, names) if post.hold]
        ready = [
            post
            for post in sorted(chosen, key=lambda post: (post.post.published, post.post.path))
            if post.state == "visible"
            and post.post.in_mail
            and post.sequence is None
            and post.changed + settle <= now
        ]
        numbers = state.take_sequence(connection, len(ready)) if ready else range(0)
        numbered = {post.key: number for post, number in zip(ready, numbers, strict=True)}
        posts_store.update_posts(
            connection,
            [replace(post, hold="", sequence=numbered.get(post.key, post.sequence)) for post in chosen],
        )
        state.remember_instant(connection, now)
        return tuple(post.post.path for post in chosen)


def _find(connection: Connection, names: Sequence[str]) -> list[KnownPost]:
    """The posts with these paths, slugs or addresses."""
    known = [post for post in posts_store.known_posts(connection) if post.state != "gone"]
    found: dict[int, KnownPost] = {}
    for name in names:
        matches = [post for post in known if name in (post.post.path, post.post.url, post.post.slug)]
        if not matches:
            raise UsageError(f"no post has the path, slug or address {name!r}; `kawaraban check` lists them")
        found |= {post.key: post for post in matches}
    return sorted(found.values(), key=lambda post: post.post.path)
