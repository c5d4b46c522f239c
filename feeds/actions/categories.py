"""Which categories there are: the configured ones, and those that posts name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from feeds.model.category import Categories, Category, slugify
from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Clash:
    """Two categories that would have one slug."""

    slug: str
    kept: str
    left_out: str

    @property
    def message(self) -> str:
        return (
            f"the categories {self.kept!r} and {self.left_out!r} both become {self.slug!r}; "
            f'spell them alike, or give one a slug: [categories."{self.left_out}"] slug = "…"'
        )


def gather(
    configured: Sequence[Category], labels: Iterable[str], published: Mapping[str, str]
) -> tuple[Categories, tuple[Clash, ...]]:
    """All categories, by slug; and those of the labels that have no slug of their own.

    ``labels`` has each label as often as posts have it. ``published`` has the labels of feeds that
    were published, by slug: such a feed goes on without posts, a label that has one keeps its slug
    before more frequent spellings, and one that lost its posts gives the slug to the next spelling.
    """
    counted = Counter(labels)
    named = {name for category in configured for name in (category.label, *category.formerly)}
    taken = {category.slug: category for category in configured}
    clashes: list[Clash] = []
    for label in sorted(
        counted, key=lambda name: (published.get(slugify(name)) != name, -counted[name], name)
    ):
        slug = slugify(label)
        if not slug or label in named:
            continue
        if slug in taken:
            clashes.append(Clash(slug, taken[slug].label, label))
        else:
            taken[slug] = Category(slug, label, title=label)
    for slug, label in published.items():
        if label in counted or label in named:
            continue
        if slug not in taken:
            taken[slug] = Category(slug, label, title=label)
        elif label not in taken[slug].formerly:
            taken[slug] = replace(taken[slug], formerly=(*taken[slug].formerly, label))
    return Categories.of(sorted(taken.values(), key=lambda category: category.slug)), tuple(clashes)


def published_labels(feeds: Iterable[str]) -> dict[str, str]:
    """The labels of published feeds, given the feeds' names, by slug."""
    labels = (name.removeprefix("category:") for name in feeds if name.startswith("category:"))
    return {slugify(label): label for label in labels}
