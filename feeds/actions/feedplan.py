"""Which feeds there are: decided, not written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from feeds.actions.catalog import Catalog
from feeds.model.category import Category, slugify
from feeds.model.facet import LANGUAGE, Kind
from feeds.model.feed import Format, Podcast
from feeds.model.noun import dataclass
from feeds.store.facets import KnownFacet
from feeds.store.publications import KnownFeed


@dataclass(frozen=True, slots=True)
class Publication:
    """What the owner decided about feeds."""

    title: str
    url: str
    language: str
    author: str
    description: str
    public: Path
    folder: str
    """Of the feeds, relative to the public folder, with forward slashes; empty if it is that folder."""
    feeds_url: str
    """Absolute URL of the feeds folder, without a slash at the end."""
    formats: tuple[Format, ...]
    limit: int
    """How many posts a feed carries; 0 for all."""
    full: bool
    """Whether entries carry the whole text."""
    categories: tuple[Category, ...]
    """The configured ones."""
    facets: tuple[str, ...] = ()
    """Which feeds there are beside that of everything: ``category``, ``tag``, ``author``, ``language``."""
    archive: bool = False
    """Whether the whole history can be read in pages behind each feed (RFC 5005 §4)."""
    hubs: tuple[str, ...] = ()
    icon: str = ""
    logo: str = ""
    rights: str = ""
    stylesheet: str = ""
    podcast: Podcast | None = None
    podcast_feed: str = ""
    """The category whose feed is the podcast; empty for the feed of everything."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A feed that is to stand in the public folder."""

    known: KnownFeed
    kind: Kind
    facets: tuple[int, ...]
    """Keys of the facets whose posts it carries."""
    total: int
    """How many posts belong to it, carried or not."""
    category: Category | None = None
    name: str = ""
    """Of the tag or the author, as most posts spell it."""
    language: str = ""
    """The language that it is limited to; empty for posts of every language."""
    pages: int = 0
    """How many pages its archive has."""
    sisters: tuple[Plan, ...] = ()
    """The feeds of the same in other languages, where it is limited to one."""


@dataclass(frozen=True, slots=True)
class _Shelves:
    """The facets that there are, by what they are of."""

    by_label: Mapping[tuple[Kind, str, str], KnownFacet]
    by_slug: Mapping[tuple[Kind, str], Sequence[KnownFacet]]
    """Tags and authors, whose spellings share a feed, the most frequent first."""
    languages: Sequence[str]

    @classmethod
    def of(cls, facets: Iterable[KnownFacet]) -> _Shelves:
        by_label = {(f.facet.kind, f.facet.name, f.facet.language): f for f in facets}
        by_slug: dict[tuple[Kind, str], list[KnownFacet]] = defaultdict(list)
        for known in sorted(by_label.values(), key=lambda known: (-known.posts, known.facet.name)):
            if known.facet.kind in (Kind.TAG, Kind.AUTHOR) and (slug := slugify(known.facet.name)):
                by_slug[known.facet.kind, slug].append(known)
        languages = sorted(language for kind, _, language in by_label if kind is Kind.ALL and language)
        return cls(by_label, by_slug, languages)


@dataclass(frozen=True, slots=True)
class Planner:
    """Decides with what a publication is, what its catalog has, and which feeds were published before."""

    publication: Publication
    catalog: Catalog
    known: Mapping[str, KnownFeed]
    now: datetime
    count: Callable[[Sequence[int]], int]
    """How many posts have any of these facets."""
    _titles: dict[str, str] = field(default_factory=dict)

    def plans(self, facets: Iterable[KnownFacet]) -> list[Plan]:
        """The feed of everything, and one for whatever else the owner wants that has or had posts."""
        shelves = _Shelves.of(facets)
        plans = [self._everything(shelves)]
        if Kind.CATEGORY in self.publication.facets:
            plans += self._categories(shelves)
        if LANGUAGE in self.publication.facets:
            plans += self._languages(shelves)
        for kind in (Kind.TAG, Kind.AUTHOR):
            if kind in self.publication.facets:
                plans += self._named(shelves, kind)
        return _with_sisters(plans)

    def _everything(self, shelves: _Shelves, language: str = "") -> Plan:
        known = self._known(Kind.ALL, "", Kind.ALL.value, self.publication.title, language=language)
        found = shelves.by_label.get((Kind.ALL, "", language))
        return self._plan(known, Kind.ALL, [found] if found else [], language=language)

    def _categories(self, shelves: _Shelves, language: str = "") -> Iterator[Plan]:
        for category in self.catalog.categories.all:
            labels = (category.label, *category.formerly)
            found = [f for label in labels if (f := shelves.by_label.get((Kind.CATEGORY, label, language)))]
            name = self._name_of(category, language)
            if name in self.known or any(facet.posts for facet in found):
                title = f"{category.title} — {self.publication.title}"
                key = f"{Kind.CATEGORY}/{category.slug}"
                label = name.partition(":")[2]
                feed = self._known(Kind.CATEGORY, label, key, title, language=language)
                yield self._plan(feed, Kind.CATEGORY, found, language=language, category=category)

    def _languages(self, shelves: _Shelves) -> Iterator[Plan]:
        """Feeds by language, once there is more than one."""
        published = {name.partition(":")[0].partition("@")[2] for name in self.known} - {""}
        if len(shelves.languages) > 1 or published:
            for language in sorted({*shelves.languages, *published}):
                yield self._everything(shelves, language)
                if Kind.CATEGORY in self.publication.facets:
                    yield from self._categories(shelves, language)

    def _named(self, shelves: _Shelves, kind: Kind) -> Iterator[Plan]:
        """Feeds of tags or authors: spellings that make one slug share a feed."""
        for (of, slug), found in sorted(shelves.by_slug.items()):
            if of is kind and (any(f.posts for f in found) or _feed_name(kind, slug) in self.known):
                name = found[0].facet.name
                feed = self._known(kind, slug, f"{kind}/{slug}", f"{name} — {self.publication.title}")
                yield self._plan(feed, kind, found, name=name)

    def _plan(
        self,
        known: KnownFeed,
        kind: Kind,
        found: Sequence[KnownFacet],
        *,
        category: Category | None = None,
        name: str = "",
        language: str = "",
    ) -> Plan:
        keys = tuple(facet.key for facet in found)
        total = sum(facet.posts for facet in found)
        if sum(facet.posts > 0 for facet in found) > 1:  # a post may have both names of a category
            total = self.count(keys)
        pages = max((facet.page for facet in found), default=0) if self.publication.archive else 0
        return Plan(known, kind, keys, total, category, name, language, pages)

    def _name_of(self, category: Category, language: str) -> str:
        """The name under which the category's feed is known, perhaps by a former label."""
        labels = (category.label, *category.formerly)
        names = [_feed_name(Kind.CATEGORY, label, language) for label in labels]
        return next((name for name in names if name in self.known), names[0])

    def _known(self, kind: Kind, label: str, key: str, title: str, *, language: str = "") -> KnownFeed:
        """The feed as it was first published, under the key and title that it has now."""
        name = _feed_name(kind, label, language)
        if language:
            key, title = f"{language.lower()}/{key}", f"{title} ({self._language_name(language)})"
        before = self.known.get(name)
        if before is not None:
            return KnownFeed(name, before.id, key, title, before.first_published)
        address = f"{self.publication.feeds_url}/{quote(key)}"
        taken = {feed.id for feed in self.known.values()}  # by a feed that had this slug before
        ids = (address, *(f"{address}#{number}" for number in range(2, len(taken) + 3)))
        return KnownFeed(name, next(id_ for id_ in ids if id_ not in taken), key, title, self.now)

    def _language_name(self, language: str) -> str:
        """The language's own name of itself, such as 日本語."""
        if language not in self._titles:
            from babel import Locale, UnknownLocaleError

            try:
                own = Locale.parse(language, sep="-").get_display_name() or language
            except (UnknownLocaleError, ValueError):
                own = language
            self._titles[language] = own
        return self._titles[language]


def _with_sisters(plans: Sequence[Plan]) -> list[Plan]:
    """The plans, each with those of the same in other languages."""
    same: dict[object, list[Plan]] = defaultdict(list)
    for plan in plans:
        if plan.language:
            same[plan.kind, plan.category].append(plan)
    return [
        replace(plan, sisters=tuple(other for other in same[plan.kind, plan.category] if other is not plan))
        if plan.language
        else plan
        for plan in plans
    ]


def _feed_name(kind: Kind, label: str, language: str = "") -> str:
    """What the store knows a feed by: ``all``, ``category:AI``, ``category@ja:AI``, ``tag:python``."""
    place = f"{kind}@{language}" if language else kind.value
    return place if kind is Kind.ALL and not language else f"{place}:{label}"
