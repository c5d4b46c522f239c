"""Facets: what feeds are made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from feeds.model.post import Post


class Kind(StrEnum):
    """What the posts of a facet have in common."""

    ALL = "all"
    CATEGORY = "category"
    TAG = "tag"
    AUTHOR = "author"


LANGUAGE = "language"
"""The choice of everything and every category by language as well."""


@dataclass(frozen=True, slots=True, order=True)
class Facet:
    """Posts that have a category, a tag or an author, in one language or in any."""

    kind: Kind
    name: str = ""
    """As posts name it; empty for all posts."""
    language: str = ""
    """Empty for posts of every language."""


def facets_of(post: Post, wanted: frozenset[str]) -> frozenset[Facet]:
    """The facets whose feeds carry the post: everything and its categories, and what else is wanted."""
    if not post.in_feeds:
        return frozenset()
    found = {Facet(Kind.ALL), *(Facet(Kind.CATEGORY, label) for label in post.categories)}
    if LANGUAGE in wanted and post.language:
        found |= {Facet(facet.kind, facet.name, post.language) for facet in found}
    if Kind.TAG in wanted:
        found |= {Facet(Kind.TAG, tag) for tag in post.tags}
    if Kind.AUTHOR in wanted:
        found |= {Facet(Kind.AUTHOR, name) for name in post.authors}
    return frozenset(found)
