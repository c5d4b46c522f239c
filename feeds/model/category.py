"""Categories: what feeds and subscriptions are chosen by."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import field
from hashlib import blake2b

from feeds.model.noun import dataclass

LONGEST_SLUG = 150
"""Bytes of UTF-8: a file's name may have 255, and suffixes come behind the slug."""


def slugify(label: str) -> str:
    """The label in lower case and NFKC, with every run of other characters as one hyphen.

    Letters and digits of every script stay, so Japanese stays Japanese. Empty if nothing is left. A very long
    one is cut, and ends in a digest of all of it.
    """
    folded = unicodedata.normalize("NFKC", label).casefold()
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in folded)
    slug = unicodedata.normalize("NFC", "-".join(kept.split()))
    return slug if len(slug) <= LONGEST_SLUG // 3 else _cut(slug)


def _cut(slug: str) -> str:
    whole = slug.encode()
    if len(whole) <= LONGEST_SLUG:
        return slug
    beginning = whole[: LONGEST_SLUG - 9].decode("utf-8", "ignore").rstrip("-")
    return f"{beginning}-{blake2b(whole, digest_size=4).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Category:
    """A category that has posts, or that the owner configured."""

    slug: str
    label: str
    """As posts name it."""
    title: str
    description: str = ""
    path: str = ""
    """URL path on the site at which readers already subscribe to its RSS, or empty."""
    formerly: tuple[str, ...] = ()
    """Labels it had before; posts and subscriptions that use them belong to it."""
    configured: bool = False
    page: str = ""
    """Absolute URL of the page on the site that shows its posts, or empty."""


@dataclass(frozen=True, slots=True)
class Categories:
    """All categories, found by slug or by any label they have or had."""

    all: tuple[Category, ...]
    _by_label: Mapping[str, Category] = field(repr=False, compare=False)
    _by_slug: Mapping[str, Category] = field(repr=False, compare=False)

    @classmethod
    def of(cls, categories: Iterable[Category]) -> Categories:
        ordered = tuple(categories)
        labels: dict[str, Category] = {}
        slugs: dict[str, Category] = {}
        for category in ordered:
            for former in category.formerly:
                labels.setdefault(former, category)
                slugs.setdefault(slugify(former), category)
        for category in ordered:
            labels[category.label] = category
            slugs[slugify(category.label)] = category
        for category in ordered:
            slugs[category.slug] = category
        return cls(ordered, labels, slugs)

    def labelled(self, label: str) -> Category | None:
        """The category of posts with this label. Another spelling of it is another category."""
        return self._by_label.get(label)

    def find(self, name: str) -> Category | None:
        """The category that somebody means by a slug, a label or a former label, however they spell it."""
        return self._by_label.get(name) or self._by_slug.get(name) or self._by_slug.get(slugify(name))
