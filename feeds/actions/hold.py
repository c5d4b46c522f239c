"""Hold and release: the owner keeps posts out of mail, and lets them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from feeds.errors import UsageError
from feeds.store import issue_control, state
from feeds.store import posts as posts_store
from feeds.store.database import Database
from feeds.store.post_rows import KnownPost
from feeds.store.post_writes import update_posts


def hold(database: Database, names: Sequence[str]) -> tuple[str, ...]:
    """Keeps these posts out of mail and returns their paths.

    An issue that was composed with one of them before stays as it is: its bytes are frozen. Raises
    UsageError for a name that is no post.
    """
    with database.write() as connection:
        chosen = _find(connection, names)
        update_posts(
            connection,
            [
                replace(post, hold="owner", sequence=post.sequence if post.carried else None)
                for post in chosen
            ],
        )
        return tuple(post.post.path for post in chosen)


def release(database: Database, names: Sequence[str], now: datetime, settle: timedelta) -> tuple[str, ...]:
    """Lets held posts go, those that lay unchanged for the settle time at once, and returns their paths.

    One that a cancelled issue carried and no mail brought to anybody is as new as if none had carried it. One
    that somebody had keeps its number: it comes with their next issue to those who did not have it, unless a
    later issue has passed them since; and to nobody twice.
    """
    with database.write() as connection:
        chosen = [_unread(connection, post) for post in _find(connection, names) if post.hold]
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
        update_posts(
            connection,
            [replace(post, hold="", sequence=numbered.get(post.key, post.sequence)) for post in chosen],
        )
        state.remember_instant(connection, now)
        return tuple(post.post.path for post in chosen)


def still_bringing(database: Database, names: Sequence[str]) -> dict[int, tuple[str, int]]:
    """Issues under way that show one of these posts: their state, and how many readers wait for them."""
    with database.read() as connection:
        found: dict[int, tuple[str, int]] = {}
        for post in _find(connection, names):
            found |= {key: (state, n) for key, state, n in issue_control.still_bringing(connection, post.key)}
    return found


def _unread(connection: Connection, post: KnownPost) -> KnownPost:
    """The post without its number where nobody had it: it gets a new one, above every watermark."""
    if post.sequence is None or not post.carried:
        return post
    if not issue_control.nobody_had(connection, post.key, post.sequence):
        return post
    return replace(post, sequence=None, carried=False)


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
