"""The catalog: which categories there are at one moment, and how many posts each has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from feeds.actions.categories import Clash, gather, published_labels
from feeds.model.category import Categories, Category
from feeds.model.noun import dataclass
from feeds.model.post import Post
from feeds.store import facets as facets_store
from feeds.store import publications


@dataclass(frozen=True, slots=True)
class Catalog:
    """What feeds, mails and pages may name."""

    categories: Categories
    labels: Mapping[str, int]
    """The categories of visible posts as these name them, each with how many posts have it."""
    clashes: tuple[Clash, ...]
    """Categories that have no feed, since another one has their slug."""

    def categories_of(self, post: Post) -> tuple[Category, ...]:
        """The categories of a post in its own order, each once."""
        found = (self.categories.labelled(label) for label in post.categories)
        return tuple(dict.fromkeys(category for category in found if category is not None))

    def has_posts(self, category: Category) -> bool:
        """Whether a visible post has the category under its present or a former name."""
        return any(self.labels.get(label) for label in (category.label, *category.formerly))


def read_catalog(connection: Connection, configured: Sequence[Category]) -> Catalog:
    """The catalog as of this transaction."""
    labels = facets_store.labels(connection)
    published = published_labels(publications.known_feeds(connection))
    categories, clashes = gather(configured, labels, published)
    return Catalog(categories, labels, clashes)
