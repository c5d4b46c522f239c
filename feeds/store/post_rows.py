"""A post as a row of its table, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from feeds.model.noun import dataclass
from feeds.model.post import Post, PostIds
from feeds.store.schema.posts import posts


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post with what the store knows of it beyond its file."""

    post: Post
    state: str
    twin: str
    changed: datetime
    sequence: int | None
    carried: bool
    hold: str

    @property
    def key(self) -> int:
        assert self.post.key is not None
        return self.post.key


_OF_POST = (
    "path",
    "fingerprint",
    "declared_id",
    "title",
    "slug",
    "url",
    "published",
    "updated",
    "categories",
    "tags",
    "authors",
    "language",
    "excerpt",
    "image",
    "image_alt",
    "notes",
    "in_mail",
    "in_feeds",
    "expires",
    "translation_key",
    "feed_content",
    "rights",
    "enclosures",
    "episode",
)
"""Attributes of a post that are columns of the same name; but the column of the authors is `author`."""

IDS = ("rss_id", "atom_id", "json_id")
"""The columns of its ids, which are written once."""

_OF_STORE = ("state", "twin", "changed", "sequence", "carried", "hold")

_OF_POST_COLUMNS = tuple("author" if name == "authors" else name for name in _OF_POST)

WRITTEN = (*_OF_POST_COLUMNS, *_OF_STORE)
"""The columns of ``values_of``."""

POST_COLUMNS = tuple(posts.c[name] for name in (*_OF_POST_COLUMNS, *IDS, "key"))
"""What ``post_of`` makes a post of."""

KNOWN_COLUMNS = (*POST_COLUMNS, *(posts.c[name] for name in _OF_STORE))
"""What ``known_of`` makes a known post of."""


def known_of(row: Sequence[Any]) -> KnownPost:
    """A known post from its row."""
    return KnownPost(post_of(row), *row[len(POST_COLUMNS) :])


def post_of(row: Sequence[Any]) -> Post:
    """A post from its row; field by field, as a scan reads all rows, and a loop takes longer."""
    return Post(
        path=row[0],
        fingerprint=row[1],
        declared_id=row[2],
        title=row[3],
        slug=row[4],
        url=row[5],
        published=row[6],
        updated=row[7],
        categories=row[8],
        tags=row[9],
        authors=row[10],
        language=row[11],
        excerpt=row[12],
        image=row[13],
        image_alt=row[14],
        notes=row[15],
        in_mail=row[16],
        in_feeds=row[17],
        expires=row[18],
        translation_key=row[19],
        feed_content=row[20],
        rights=row[21],
        enclosures=row[22],
        episode=row[23],
        ids=PostIds(row[24], row[25], row[26]),
        key=row[27],
    )


ids_of = attrgetter("rss", "atom", "json")
_values_of = attrgetter(*_OF_POST)


def values_of(known: KnownPost, sequence: int | None, *, carried: bool) -> tuple[Any, ...]:
    """The row of a post that gets this sequence number."""
    return (*_values_of(known.post), known.state, known.twin, known.changed, sequence, carried, known.hold)
