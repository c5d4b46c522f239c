"""Selection: which posts are new to a reader, by sequence number and never by date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from feeds.model.noun import dataclass
from feeds.model.subscriber import EVERYTHING, Topic


@dataclass(frozen=True, slots=True)
class Mailable:
    """A mailable post, as far as the choice of it depends on it."""

    key: int
    sequence: int
    published: datetime
    categories: frozenset[str] = frozenset()
    """Slugs."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a digest brings to a reader. Readers with equal selections can share an edition."""

    shown: tuple[int, ...]
    """Keys of the posts it shows, newest first; at least one."""
    rest: tuple[int, ...]
    """Keys of the posts that it counts as delivered and does not show."""
    top: int
    """The highest sequence number it brings: the watermark once it is delivered."""


def select(
    posts: Iterable[Mailable], topics: Sequence[Topic], watermark: int, max_posts: int
) -> Selection | None:
    """What is new to a reader with these topics and this watermark; None where nothing is."""
    new = [post for post in posts if is_new(post, topics, watermark)]
    if not new:
        return None
    top = max(post.sequence for post in new)
    new.sort(key=lambda post: (post.published, post.sequence), reverse=True)
    keys = tuple(post.key for post in new)
    room = max(1, max_posts)
    return Selection(keys[:room], keys[room:], top)


def is_new(post: Mailable, topics: Sequence[Topic], watermark: int) -> bool:
    """True where a topic covers the post and neither it nor the reader had it before."""
    return post.sequence > watermark and any(
        post.sequence > topic.since and (topic.slug == EVERYTHING or topic.slug in post.categories)
        for topic in topics
    )
