"""Which feeds there are, what each carries, and which documents it becomes: decided, not written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from feeds.actions.catalog import Catalog
from feeds.model.category import Categories, Category
from feeds.model.feed import Entry, Feed, FeedSummary, Format, Media
from feeds.model.post import Post, Rendering
from feeds.store.publications import KnownDocument, KnownFeed

_WRITER = "1"
"""Changes whenever the same feed would be written as other bytes."""

_INDEX = ("index.opml", "index.html")

EVERYTHING = "all"
"""The name of the feed of all posts, and its key."""


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


@dataclass(frozen=True, slots=True)
class Plan:
    """A feed that is to stand in the public folder."""

    known: KnownFeed
    category: Category | None
    posts: tuple[int, ...]
    """Keys of those it carries, newest first."""
    total: int
    """How many belong to it, carried or not."""


@dataclass(frozen=True, slots=True)
class Target:
    """A document that is to stand in the public folder."""

    path: str
    feed: str
    format: str
    inputs: str


# Which feeds there are --------------------------------------------------------------------------


def plan_feeds(
    publication: Publication, catalog: Catalog, known: Mapping[str, KnownFeed], now: datetime
) -> list[Plan]:
    """The feed of everything, one for each category that has or had posts, in the order of slugs."""
    window = publication.limit or None
    everything = _known_feed(publication, known, EVERYTHING, EVERYTHING, publication.title, now=now)
    plans = [Plan(everything, None, tuple(catalog.posts[:window]), len(catalog.posts))]
    for category in catalog.categories.all:
        posts = catalog.by_slug.get(category.slug, ())
        name = _feed_name(category, known)
        if posts or name in known:
            key = f"category/{category.slug}"
            title = f"{category.title} — {publication.title}"
            feed = _known_feed(publication, known, name, key, title, now=now)
            plans.append(Plan(feed, category, tuple(posts[:window]), len(posts)))
    return plans


def _feed_name(category: Category, known: Mapping[str, KnownFeed]) -> str:
    """The name under which the category's feed is known, perhaps by a former label."""
    names = [f"category:{label}" for label in (category.label, *category.formerly)]
    return next((name for name in names if name in known), names[0])


def _known_feed(
    publication: Publication,
    known: Mapping[str, KnownFeed],
    name: str,
    key: str,
    title: str,
    *,
    now: datetime,
) -> KnownFeed:
    """The feed as it was first published, under the key and title that it has now."""
    before = known.get(name)
    if before is not None:
        return KnownFeed(name, before.id, key, title, before.first_published)
    address = f"{publication.feeds_url}/{quote(key)}"
    taken = {feed.id for feed in known.values()}  # by a feed that had this slug before
    ids = (address, *(f"{address}#{number}" for number in range(2, len(taken) + 3)))
    return KnownFeed(name, next(id_ for id_ in ids if id_ not in taken), key, title, now)


# What is to be written --------------------------------------------------------------------------


def targets_of(
    publication: Publication,
    plans: Sequence[Plan],
    posts: Mapping[int, Post],
    *,
    categories: Categories,
    known: Mapping[str, KnownDocument],
    recipe: str,
) -> list[Target]:
    """The documents of all feeds: at their addresses, and wherever they were published before.

    An address that a feed once had goes on with the same bytes, unless another feed has it now.
    """
    digests = {
        plan.known.name: _hash(_WRITER, recipe, publication, plan.known, plan.category, inputs)
        for plan in plans
        for inputs in [[_inputs(posts[key], categories) for key in plan.posts]]
    }
    current = {
        path: Target(path, plan.known.name, form.value, digests[plan.known.name])
        for plan in plans
        for path, form in _paths(publication, plan)
    }
    wanted = {form.value for form in publication.formats}
    former = {
        d.path: Target(d.path, d.feed, d.format, digests[d.feed])
        for d in known.values()
        if d.feed in digests and d.format in wanted and d.path not in current
    }
    return [target for _, target in sorted((current | former).items())]


def _paths(publication: Publication, plan: Plan) -> Iterator[tuple[str, Format]]:
    """Where the feed's documents are today: each by its key, and the RSS at the category's path as well."""
    for form in publication.formats:
        yield _path(publication, plan.known.key, form), form
    if plan.category is not None and plan.category.path and Format.RSS in publication.formats:
        yield plan.category.path.lstrip("/"), Format.RSS


def _path(publication: Publication, key: str, form: Format) -> str:
    return f"{publication.folder}/{key}{form.suffix}".lstrip("/")


def _inputs(post: Post, categories: Categories) -> tuple[object, ...]:
    """All of a post that the bytes of a feed depend on."""
    labels = [(c.slug, c.title) for label in post.categories if (c := categories.labelled(label))]
    text = (post.fingerprint, post.url, post.title, post.author, post.language, post.image, post.tags)
    return post.ids, post.published, post.updated, text, labels


def _hash(*parts: object) -> str:
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


# What it becomes --------------------------------------------------------------------------------


def feed_of(publication: Publication, plan: Plan, entries: Sequence[Entry]) -> Feed:
    """The feed as its formats render it."""
    addresses = {
        form: f"{publication.feeds_url}/{quote(plan.known.key + form.suffix)}" for form in publication.formats
    }
    description = publication.description
    if plan.category is not None:
        description = plan.category.description or plan.known.title
        if plan.category.path and Format.RSS in addresses:
            addresses[Format.RSS] = site_address(publication, plan.category.path)
    return Feed(
        key=plan.known.key,
        id=plan.known.id,
        title=plan.known.title,
        description=description or plan.known.title,
        home=f"{publication.url}/",
        language=publication.language,
        author=publication.author,
        updated=max((entry.updated for entry in entries), default=plan.known.first_published),
        addresses=addresses,
        entries=tuple(entries),
    )


def site_address(publication: Publication, path: str) -> str:
    """The absolute URL of a path below the root of the site."""
    return f"{publication.url}/{quote(path.lstrip('/'))}"


def entry_of(
    publication: Publication, post: Post, rendering: Rendering, categories: tuple[Category, ...]
) -> Entry:
    """The post as feeds carry it."""
    return Entry(
        ids=post.ids,
        title=post.title,
        url=post.url,
        published=post.published,
        updated=max(post.published, post.updated or post.published),
        author=post.author or publication.author,
        language=post.language or publication.language,
        categories=categories,
        tags=post.tags,
        excerpt=rendering.excerpt,
        html=rendering.html if publication.full else "",
        image=Media(rendering.image) if rendering.image else None,
    )


# Indexes ----------------------------------------------------------------------------------------


def summaries(publication: Publication, plans: Iterable[Plan]) -> list[FeedSummary]:
    """The feeds as lists of feeds show them."""
    found = []
    for plan in plans:
        feed = feed_of(publication, plan, ())
        description = publication.description if plan.category is None else plan.category.description
        title = publication.title if plan.category is None else plan.category.title
        found.append(
            FeedSummary(
                plan.known.key, title, description, plan.total, feed.addresses, feed.home, feed.language
            )
        )
    return found


def index_targets(publication: Publication, plans: Sequence[Plan]) -> list[Target]:
    """The lists of all feeds, for programs and for people."""
    inputs = _hash(_WRITER, publication, summaries(publication, plans))
    names = (f"{publication.folder}/{name}".lstrip("/") for name in _INDEX)
    return [Target(name, "", name.rpartition(".")[2], inputs) for name in names]
