"""Posts are written; none is ever deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from feeds.model.noun import dataclass
from feeds.store.batches import batches
from feeds.store.bulk import insert_rows
from feeds.store.post_rows import IDS, WRITTEN, KnownPost, ids_of, values_of
from feeds.store.schema.posts import posts


@dataclass(frozen=True, slots=True)
class Numbers:
    """Sequence numbers that posts get as they are written, by the identity of the object."""

    by_object: Mapping[int, int]
    carried: bool = False
    """Whether a post that gets one counts as carried."""

    def of(self, known: KnownPost) -> tuple[int | None, bool]:
        """The sequence number of the post, and whether it was carried."""
        number = self.by_object.get(id(known))
        return (known.sequence, known.carried) if number is None else (number, self.carried)


_NO_NUMBERS = Numbers({})


def insert_posts(connection: Connection, new: Sequence[KnownPost], now: datetime, numbers: Numbers) -> range:
    """Writes posts at first sight, and returns the keys that they got; no post is ever deleted."""
    top = connection.execute(select(func.max(posts.c.key))).scalar() or 0
    keys = range(top + 1, top + 1 + len(new))
    rows = (
        (key, *_row(known, numbers), *ids_of(known.post.ids), now)
        for key, known in zip(keys, new, strict=True)
    )
    insert_rows(connection, posts, ("key", *WRITTEN, *IDS, "first_seen"), rows)
    return keys


def update_posts(
    connection: Connection, changed: Sequence[KnownPost], numbers: Numbers = _NO_NUMBERS
) -> None:
    """Writes all of these posts but their ids, which are permanent."""
    if not changed:
        return
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in WRITTEN}
    statement = update(posts).where(posts.c.key == bindparam("this")).values(columns)
    for some in batches(changed):
        rows = [
            {f"new_{name}": value for name, value in zip(WRITTEN, _row(known, numbers), strict=True)}
            | {"this": known.key}
            for known in some
        ]
        connection.execute(statement, rows)


def move_aside(connection: Connection, keys: Sequence[int]) -> None:
    """Frees the paths of these posts, so that renames that exchange names do not collide."""
    statement = update(posts).where(posts.c.key == bindparam("this")).values(path=bindparam("aside"))
    if keys:
        connection.execute(statement, [{"this": key, "aside": f"moving:{key}"} for key in keys])


def _row(known: KnownPost, numbers: Numbers) -> tuple[Any, ...]:
    """The values of ``WRITTEN``."""
    sequence, carried = numbers.of(known)
    return values_of(known, sequence, carried=carried)
