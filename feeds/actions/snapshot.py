"""Which documents a publication has to look at, and which of these it has to make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from feeds.actions.catalog import Catalog, read_catalog
from feeds.actions.feedplan import Plan, Planner, Publication
from feeds.actions.placing import is_there
from feeds.actions.targets import Target, digest_of, digest_of_all, index_targets, targets_of, with_inputs
from feeds.actions.workshop import Workshop
from feeds.model.noun import dataclass
from feeds.model.post import Post
from feeds.store import facets as facets_store
from feeds.store import publications, state
from feeds.store.publications import KnownDocument, KnownFeed

Page = tuple[str, int]
"""The name of a feed and a page of it; 0 for the newest posts."""

INDEXES: Page = ("", 0)
"""The lists of all feeds, which are due together as if they were a page of a feed without a name."""

PUBLISHED = "published"
"""The name of the fact that tells up to which scan, and with what, everything was published."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the store says at one moment, and which documents are to stand."""

    catalog: Catalog
    plans: Mapping[str, Plan]
    feeds: Mapping[str, KnownFeed]
    documents: Mapping[str, KnownDocument]
    mark: str
    """What ``PUBLISHED`` says once all of this is written."""
    marked: bool
    """Whether it says so already."""
    targets: Sequence[Target]
    due: Mapping[Page, Sequence[Target]]
    """Those that may have to be written, by feed and page; the indexes under no feed."""
    posts: Mapping[Page, Sequence[int]]
    """Keys of the posts that each of these carries."""


def snapshot_of(connection: Connection, workshop: Workshop, now: datetime) -> Snapshot:
    """The store as it is, and what it means for the documents."""
    publication = workshop.publication
    catalog = read_catalog(connection, publication.categories)
    feeds = publications.known_feeds(connection)
    planner = Planner(publication, catalog, feeds, now, lambda keys: facets_store.count(connection, keys))
    plans = {plan.known.name: plan for plan in planner.plans(facets_store.every_facet(connection))}
    documents = publications.known_documents(connection)
    whole = digest_of_all(publication, catalog.clashes, workshop.kitchen.recipe, plans.values())
    published, mark = state.get(connection, PUBLISHED), f"{state.catalog(connection)} {whole}"
    targets = targets_of(publication, list(plans.values()), documents)
    due = _due(publication, targets, plans, _changed(connection, published, whole), documents)
    indexes = index_targets(publication, list(plans.values()))
    late = [target for target in indexes if not _stands(publication, target, documents.get(target.path))]
    if late:
        due[INDEXES] = late
    posts = {
        (name, page): _posts_on(connection, plans[name], page, publication.limit)
        for name, page in due
        if name
    }
    every = [*targets, *indexes]
    return Snapshot(catalog, plans, feeds, documents, mark, published == mark, every, due, posts)


def _changed(connection: Connection, published: str | None, whole: str) -> set[tuple[int, int]] | None:
    """The facets, and the pages of these, whose posts changed since; None where all may have changed."""
    since, _, as_before = (published or "").partition(" ")
    return facets_store.changed_pages(connection, int(since)) if as_before == whole else None


def _due(
    publication: Publication,
    targets: Iterable[Target],
    plans: Mapping[str, Plan],
    changed: set[tuple[int, int]] | None,
    documents: Mapping[str, KnownDocument],
) -> dict[Page, list[Target]]:
    """Documents that may have to be written: then their inputs are worth a look."""

    def is_due(target: Target) -> bool:
        facets = plans[target.feed].facets
        if changed is None or any((facet, target.page) in changed for facet in facets):
            return True
        return not is_there(publication.public, documents.get(target.path))

    due: dict[Page, list[Target]] = {}
    for target in filter(is_due, targets):
        due.setdefault((target.feed, target.page), []).append(target)
    return due


def _posts_on(connection: Connection, plan: Plan, page: int, limit: int) -> Sequence[int]:
    if page:
        return facets_store.on_page(connection, plan.facets, page)
    return facets_store.newest(connection, plan.facets, limit)


def _stands(publication: Publication, target: Target, known: KnownDocument | None) -> bool:
    """Whether the file is there as we wrote it, of the same inputs."""
    return known is not None and known.inputs == target.inputs and is_there(publication.public, known)


def stale_of(
    workshop: Workshop,
    snapshot: Snapshot,
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
