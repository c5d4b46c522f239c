"""The catalog: the visible posts of one moment, and their categories."""

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

    posts: Sequence[Post]
    """Newest first."""
    categories: Categories
    by_slug: Mapping[str, Sequence[Post]]
    clashes: tuple[Clash, ...]
    """Categories that have no feed, since another one has their slug."""

    def categories_of(self, post: Post) -> tuple[Category, ...]:
        """The categories of a post in its own order, each once."""
        return _categories_of(post, self.categories)


def read_catalog(connection: Connection, configured: Sequence[Category]) -> Catalog:
    """The catalog as of this transaction."""
    posts = posts_store.visible_posts(connection)
    labels = [label for post in posts for label in post.categories]
    published = published_labels(publications.known_feeds(connection))
    categories, clashes = gather(configured, labels, published)
    by_slug: dict[str, list[Post]] = {}
    for post in posts:
        for category in _categories_of(post, categories):
            by_slug.setdefault(category.slug, []).append(post)
    return Catalog(posts, categories, by_slug, clashes)


def _categories_of(post: Post, categories: Categories) -> tuple[Category, ...]:
    found = (categories.labelled(label) for label in post.categories)
    return tuple(dict.fromkeys(category for category in found if category is not None))
