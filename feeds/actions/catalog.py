"""The catalog: which posts are visible at one moment, and their categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from feeds.actions.categories import Clash, gather, published_labels
from feeds.model.category import Categories, Category
from feeds.model.post import Post
from feeds.store import posts as posts_store
from feeds.store import publications


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that feeds, mails and pages may show."""

    posts: Sequence[int]
    """Keys, newest first."""
    categories: Categories
    by_slug: Mapping[str, Sequence[int]]
    """The same for each category that has posts."""
    clashes: tuple[Clash, ...]
    """Categories that have no feed, since another one has their slug."""

    def categories_of(self, post: Post) -> tuple[Category, ...]:
        """The categories of a post in its own order, each once."""
        return _categories_of(post.categories, self.categories)


def read_catalog(connection: Connection, configured: Sequence[Category]) -> Catalog:
    """The catalog as of this transaction."""
    visible = posts_store.visible_labels(connection)
    labels = (label for _, labelled in visible for label in labelled)
    published = published_labels(publications.known_feeds(connection))
    categories, clashes = gather(configured, labels, published)
    by_slug: dict[str, list[int]] = {}
    for key, labelled in visible:
        for category in _categories_of(labelled, categories):
            by_slug.setdefault(category.slug, []).append(key)
    return Catalog([key for key, _ in visible], categories, by_slug, clashes)


def _categories_of(labels: Sequence[str], categories: Categories) -> tuple[Category, ...]:
    found = (categories.labelled(label) for label in labels)
    return tuple(dict.fromkeys(category for category in found if category is not None))
