"""Which documents are to stand in the public folder, and whether those that stand there still do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from feeds.actions.assemble import MediaFiles, page_suffix, summaries
from feeds.actions.feedplan import Plan, Publication
from feeds.model.category import Categories
from feeds.model.feed import Format
from feeds.model.noun import dataclass
from feeds.model.post import Post
from feeds.store.publications import KnownDocument

_WRITER = "3"
"""Changes whenever the same feed would be written as other bytes."""

_INDEX = ("index.opml", "index.html")
_STYLESHEET = "feed.css"
_ARCHIVE = re.compile(r"\.archive-(\d+)\.")


@dataclass(frozen=True, slots=True)
class Target:
    """A document that is to stand in the public folder."""

    path: str
    feed: str
    """Name of its feed; empty for a list of all feeds."""
    format: str
    page: int = 0
    """0 for the newest posts, else the page of the archive."""
    inputs: str = ""
    """Digest of all that its bytes depend on; empty while nobody had to know."""


def targets_of(
    publication: Publication, plans: Sequence[Plan], known: Mapping[str, KnownDocument]
) -> list[Target]:
    """The documents of all feeds: at their addresses, and wherever they were published before.

    An address that a feed once had goes on with the same bytes, unless another feed has it now.
    """
    current = {target.path: target for plan in plans for target in _targets(publication, plan)}
    wanted = {form.value for form in publication.formats}
    names = {plan.known.name for plan in plans}
    former = {
        d.path: Target(d.path, d.feed, d.format, _page_of(d.path))
        for d in known.values()
        if d.feed in names and d.format in wanted and d.path not in current
    }
    return [target for _, target in sorted((current | former).items())]


def index_targets(publication: Publication, plans: Sequence[Plan]) -> list[Target]:
    """The lists of all feeds, for programs and for people, and the look of a feed in a browser."""
    inputs = dict.fromkeys(_INDEX, _hash(_WRITER, publication, summaries(publication, plans)))
    if publication.stylesheet:
        inputs[_STYLESHEET] = _hash(_WRITER, publication.language)
    paths = {name: f"{publication.folder}/{name}".lstrip("/") for name in inputs}
    return [Target(paths[name], "", name.rpartition(".")[2], inputs=inputs[name]) for name in inputs]


def with_inputs(targets: Iterable[Target], digests: Mapping[tuple[str, int], str]) -> list[Target]:
    """The targets, each with the digest of its feed and page."""
    return [replace(target, inputs=digests[target.feed, target.page]) for target in targets]


def digest_of(
    publication: Publication,
    plan: Plan,
    page: int,
    posts: Iterable[Post],
    *,
    categories: Categories,
    siblings: Mapping[str, Sequence[Post]],
    media: MediaFiles,
    recipe: str,
) -> str:
    """A digest of all that the bytes of this page of a feed depend on."""
    inputs = [
        (_inputs(post, categories, siblings.get(post.translation_key, ())), _stamps(post, media))
        for post in posts
    ]
    sisters = [(sister.known, sister.category) for sister in plan.sisters]
    of_plan = (plan.known, plan.category, plan.language, plan.pages, sisters)
    return _hash(_WRITER, recipe, publication, of_plan, page, inputs)


def digest_of_all(publication: Publication, clashes: object, recipe: str, plans: Iterable[Plan]) -> str:
    """A digest of what every feed depends on beside posts, the feeds by language that name each other too."""
    named = [plan.known for plan in plans if plan.sisters]
    return _hash(_WRITER, recipe, publication, clashes, named)


def _targets(publication: Publication, plan: Plan) -> Iterator[Target]:
    """Where the feed's documents are today: each by its key, and the RSS at the category's path as well."""
    for page in range(plan.pages + 1):
        for form in publication.formats:
            path = f"{publication.folder}/{plan.known.key}{page_suffix(page)}{form.suffix}".lstrip("/")
            yield Target(path, plan.known.name, form.value, page)
    path = plan.category.path if plan.category and not plan.language else ""
    if path and Format.RSS in publication.formats:
        yield Target(path.lstrip("/"), plan.known.name, Format.RSS.value)


def _page_of(path: str) -> int:
    """Slugs have no dots, so nothing else can look like it."""
    found = _ARCHIVE.search(path)
    return int(found[1]) if found else 0


def _inputs(post: Post, categories: Categories, siblings: Sequence[Post]) -> tuple[object, ...]:
    """All of a post that the bytes of a feed depend on."""
    labels = [(c.slug, c.title) for label in post.categories if (c := categories.labelled(label))]
    text = (post.fingerprint, post.url, post.title, post.authors, post.language, post.image, post.tags)
    more = (post.rights, post.feed_content, post.enclosures, post.episode)
    elsewhere = [(sibling.language, sibling.url) for sibling in siblings]
    return post.ids, post.published, post.updated, text, labels, more, elsewhere


def _stamps(post: Post, media: MediaFiles) -> list[str]:
    named = [post.image, *(enclosure.url for enclosure in post.enclosures)]
    return [media.stamp(url) for url in named if url]


def _hash(*parts: object) -> str:
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
