"""Publish: the visible posts as feeds, into the public folder.

A feed is looked at only where a scan noted that its posts changed, where something changed that all
feeds depend on, or where its files are not there as they were written; it is written only where its
bytes would be others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from feeds.actions.assemble import Ingredients, MediaFiles, addresses_of, entry_of, feed_of, summaries
from feeds.actions.catalog import Catalog, read_catalog
from feeds.actions.feedplan import Plan, Planner, Publication
from feeds.actions.placing import Desk, Drawn, announce, drafted, is_there, place
from feeds.actions.printing import print_feeds
from feeds.actions.renderings import Kitchen, keep, renderings
from feeds.actions.sidecars import withdraw
from feeds.actions.targets import Target, digest_of, digest_of_all, index_targets, targets_of, with_inputs
from feeds.model.build_report import PublishReport
from feeds.model.feed import Document, FeedSummary, Format
from feeds.model.noun import dataclass
from feeds.model.post import Post
from feeds.store import facets as facets_store
from feeds.store import posts as posts_store
from feeds.store import publications, state
from feeds.store.database import Database
from feeds.store.publications import KnownDocument, KnownFeed

if TYPE_CHECKING:
    from feeds.syndication.fragments import Fragments

Page = tuple[str, int]
"""The name of a feed and a page of it; 0 for the newest posts."""

_INDEXES: Page = ("", 0)
"""The lists of all feeds, which are due together as if they were a page of a feed without a name."""

IndexPage = Callable[[Sequence[FeedSummary]], bytes]
"""Renders the page that lists all feeds."""

_PUBLISHED = "published"
"""The name of the fact that tells up to which scan, and with what, everything was published."""

_AT_ONCE = 64
"""Documents that are made and written together; their bytes are in memory at the same time."""

_FRAGMENTS = 4000
"""Serialised entries that are kept for the feeds that come next."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What feeds are published with."""

    publication: Publication
    kitchen: Kitchen
    media: MediaFiles
    index_page: IndexPage
    headings: Callable[[], Mapping[str, str]]
    """What the groups of feeds are called in the list for programs."""
    stylesheet: Callable[[], bytes]
    replace_foreign: bool = False
    """Whether a file that is not ours gives way, and is kept under another name."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What the store says at one moment, and which documents are to stand."""

    catalog: Catalog
    plans: Mapping[str, Plan]
    feeds: Mapping[str, KnownFeed]
    documents: Mapping[str, KnownDocument]
    mark: str
    """What ``_PUBLISHED`` says once all of this is written."""
    marked: bool
    """Whether it says so already."""
    targets: Sequence[Target]
    due: Mapping[Page, Sequence[Target]]
    """Those that may have to be written, by feed and page; the indexes under no feed."""
    posts: Mapping[Page, Sequence[int]]
    """Keys of the posts that each of these carries."""


def publish(database: Database, workshop: Workshop, now: datetime) -> PublishReport:
    """Writes the documents that changed and reports which.

    Raises ForeignFile where a file that we did not write stands in the way (unless it is to be replaced),
    PublishError where a document cannot be written, SourceChanged where a post changed since the scan.
    """
    with database.read() as connection:
        snapshot = _snapshot(connection, workshop, now)
    plans = snapshot.plans.values()
    new = [plan.known for plan in plans if plan.known.name not in snapshot.feeds]
    renamed = [plan.known for plan in plans if snapshot.feeds.get(plan.known.name, plan.known) != plan.known]
    if new or renamed:
        with database.write() as connection:
            publications.put_feeds(connection, new, renamed)
    changed: set[str] = set()
    fragments: Fragments = {}
    for pages in _portions(snapshot.due):
        changed |= _publish_some(database, workshop, snapshot, pages, fragments=fragments, now=now)
        if len(fragments) > _FRAGMENTS:
            fragments.clear()
    if not snapshot.marked:
        with database.write() as connection:
            state.put(connection, _PUBLISHED, snapshot.mark)
    return PublishReport(
        written=tuple(sorted(changed)),
        unchanged=tuple(sorted({target.path for target in snapshot.targets} - changed)),
        new_feeds=tuple(feed.key for feed in new),
        addresses=_addresses(workshop.publication, snapshot, changed),
        clashes=tuple(clash.message for clash in snapshot.catalog.clashes),
    )


def _addresses(publication: Publication, snapshot: _Snapshot, changed: Set[str]) -> tuple[str, ...]:
    """Of the feeds that readers subscribe to and that changed."""
    found = (
        addresses_of(publication, snapshot.plans[target.feed])[Format(target.format)]
        for target in snapshot.targets
        if target.path in changed and target.feed and not target.page
    )
    return tuple(dict.fromkeys(found))


# Deciding ---------------------------------------------------------------------------------------


def _snapshot(connection: Connection, workshop: Workshop, now: datetime) -> _Snapshot:
    publication = workshop.publication
    catalog = read_catalog(connection, publication.categories)
    feeds = publications.known_feeds(connection)
    planner = Planner(publication, catalog, feeds, now, lambda keys: facets_store.count(connection, keys))
    plans = {plan.known.name: plan for plan in planner.plans(facets_store.every_facet(connection))}
    documents = publications.known_documents(connection)
    scan = state.catalog(connection)
    whole = digest_of_all(publication, catalog.clashes, workshop.kitchen.recipe, plans.values())
    since, _, as_before = (state.get(connection, _PUBLISHED) or "").partition(" ")
    changed = None
    if as_before == whole:
        changed = facets_store.changed_pages(connection, int(since))
    targets = targets_of(publication, list(plans.values()), documents)
    due: dict[Page, list[Target]] = {}
    for target in targets:
        if _is_due(publication, target, plans[target.feed], changed, documents):
            due.setdefault((target.feed, target.page), []).append(target)
    indexes = index_targets(publication, list(plans.values()))
    late = [target for target in indexes if not _stands(publication, target, documents.get(target.path))]
    if late:
        due[_INDEXES] = late
    mark = f"{scan} {whole}"
    posts = {
        (name, page): _posts_on(connection, plans[name], page, publication.limit)
        for name, page in due
        if name
    }
    marked = state.get(connection, _PUBLISHED) == mark
    return _Snapshot(catalog, plans, feeds, documents, mark, marked, [*targets, *indexes], due, posts)


def _is_due(
    publication: Publication,
    target: Target,
    plan: Plan,
    changed: set[tuple[int, int]] | None,
    documents: Mapping[str, KnownDocument],
) -> bool:
    """Whether the document may have to be written: then its inputs are worth a look."""
    if changed is None or any((facet, target.page) in changed for facet in plan.facets):
        return True
    return not is_there(publication.public, documents.get(target.path))


def _posts_on(connection: Connection, plan: Plan, page: int, limit: int) -> Sequence[int]:
    if page:
        return facets_store.on_page(connection, plan.facets, page)
    return facets_store.newest(connection, plan.facets, limit)


def _stands(publication: Publication, target: Target, known: KnownDocument | None) -> bool:
    """Whether the file is there as we wrote it, of the same inputs."""
    return known is not None and known.inputs == target.inputs and is_there(publication.public, known)


def _portions(
    due: Mapping[Page, Sequence[Target]],
) -> Iterator[dict[Page, Sequence[Target]]]:
    """The pages in portions of about as many documents as are made at once."""
    portion: dict[Page, Sequence[Target]] = {}
    for page, targets in due.items():
        portion[page] = targets
        if sum(map(len, portion.values())) >= _AT_ONCE:
            yield portion
            portion = {}
    if portion:
        yield portion


# Making -----------------------------------------------------------------------------------------


def _publish_some(
    database: Database,
    workshop: Workshop,
    snapshot: _Snapshot,
    pages: Mapping[Page, Sequence[Target]],
    *,
    fragments: Fragments,
    now: datetime,
) -> set[str]:
    """Writes what has to be written of these pages; returns the paths whose bytes changed."""
    publication, kitchen = workshop.publication, workshop.kitchen
    wanted = {key for page in pages for key in snapshot.posts.get(page, ())}
    with database.read() as connection:
        posts = posts_store.posts_by_key(connection, wanted)
        shared = {post.translation_key for post in posts.values()} - {""}
        siblings = posts_store.translations(connection, shared) if shared else {}
    stale = _stale(workshop, snapshot, pages, posts, siblings)
    carried = {key: posts[key] for page in stale for key in snapshot.posts.get(page, ())}
    rendered = renderings(database, kitchen, carried.values())
    ingredients = Ingredients(snapshot.catalog, rendered.by_key, siblings, workshop.media)
    entries = {key: entry_of(publication, post, ingredients) for key, post in carried.items()}
    feeds = {
        (name, page): feed_of(
            publication, snapshot.plans[name], [entries[key] for key in snapshot.posts[name, page]], page
        )
        for name, page in stale
        if name
    }
    if not stale:
        return set()
    desk = Desk(publication.public, snapshot.documents, os.getpid())
    documents = chain(
        print_feeds(
            [(feed, stale[page]) for page, feed in feeds.items()], desk, fragments, kitchen.processes
        ),
        _indexes(workshop, snapshot, stale.get(_INDEXES, ())),
    )

    def keep_renderings() -> None:
        if rendered.fresh:
            with database.write() as connection:  # a cache by content: it hangs together with nothing
                keep(connection, kitchen, rendered)

    with drafted(desk, documents, meanwhile=keep_renderings) as drafts:
        made = list(drafts)
        with database.write() as connection:
            versions = announce(connection, desk.known, made, now)
        withdraw(database, desk.public, {one.target.path: one.draft.etag for one in made}, versions)
        return place(database, desk, made, versions, replace_foreign=workshop.replace_foreign)


def _stale(
    workshop: Workshop,
    snapshot: _Snapshot,
    pages: Mapping[Page, Sequence[Target]],
    posts: Mapping[int, Post],
    siblings: Mapping[str, Sequence[Post]],
) -> dict[Page, Sequence[Target]]:
    """Those of the documents that are not there, or are made of other inputs than they would be now."""
    digests = {
        (name, page): digest_of(
            workshop.publication,
            snapshot.plans[name],
            page,
            [posts[key] for key in snapshot.posts[name, page]],
            categories=snapshot.catalog.categories,
            siblings=siblings,
            media=workshop.media,
            recipe=workshop.kitchen.recipe,
        )
        for name, page in pages
        if name
    }
    found: dict[Page, Sequence[Target]] = {}
    for page, targets in pages.items():
        now = with_inputs(targets, digests) if page[0] else targets
        stale = [t for t in now if not _stands(workshop.publication, t, snapshot.documents.get(t.path))]
        if stale:
            found[page] = stale
    return found


def _indexes(workshop: Workshop, snapshot: _Snapshot, targets: Iterable[Target]) -> Iterator[Drawn]:
    publication = workshop.publication
    listed = summaries(publication, snapshot.plans.values())
    for target in targets:
        if target.format == "opml":
            from feeds.syndication.opml import MEDIA_TYPE, opml

            body = opml(publication.title, listed, workshop.headings())
            yield target, Document(target.path, MEDIA_TYPE, body)
        elif target.format == "html":
            yield target, Document(target.path, "text/html", workshop.index_page(listed))
        elif target.format == "css":
            yield target, Document(target.path, "text/css", workshop.stylesheet())
