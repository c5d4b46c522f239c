"""Publish: the visible posts as feeds, into the public folder.

A feed is rendered only where something that its bytes depend on has changed since it was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from feeds.actions.catalog import Catalog, read_catalog
from feeds.actions.feedplan import (
    Plan,
    Publication,
    Target,
    entry_of,
    feed_of,
    index_targets,
    plan_feeds,
    summaries,
    targets_of,
)
from feeds.actions.renderings import Kitchen, keep, renderings
from feeds.actions.sidecars import withdraw
from feeds.model.feed import Document, FeedSummary, Format
from feeds.model.post import Post, Rendering
from feeds.model.report import PublishReport
from feeds.store import posts as posts_store
from feeds.store import publications
from feeds.store.database import Database
from feeds.store.publications import KnownDocument, KnownFeed
from feeds.syndication import output
from feeds.syndication.output import Written

if TYPE_CHECKING:
    from feeds.syndication.fragments import Fragments

IndexPage = Callable[[Sequence[FeedSummary]], bytes]
"""Renders the page that lists all feeds."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What the store says at one moment, and which feeds that makes."""

    catalog: Catalog
    plans: Sequence[Plan]
    posts: Mapping[int, Post]
    """Those that a feed carries."""
    feeds: Mapping[str, KnownFeed]
    documents: Mapping[str, KnownDocument]


@dataclass(frozen=True)
class _Made:
    """A document, and what it was made for."""

    target: Target
    document: Document

    @cached_property
    def etag(self) -> str:
        return output.entity_tag(self.document.body)


def publish(
    database: Database,
    publication: Publication,
    where: Kitchen,
    index_page: IndexPage,
    *,
    now: datetime,
    replace_foreign: bool = False,
) -> PublishReport:
    """Writes the documents that changed and reports which.

    Raises ForeignFile where a file that we did not write stands in the way (unless ``replace_foreign``),
    PublishError where a document cannot be written, SourceChanged where a post changed since the scan.
    """
    with database.read() as connection:
        snapshot = _snapshot(connection, publication, now)
    plans = snapshot.plans
    targets = targets_of(
        publication,
        plans,
        snapshot.posts,
        categories=snapshot.catalog.categories,
        known=snapshot.documents,
        recipe=where.recipe,
    )
    targets += index_targets(publication, plans)
    stale = [target for target in targets if not _stands(publication, target, snapshot.documents)]
    due = _by_plan(plans, stale)
    carried = {key: snapshot.posts[key] for plan, _ in due for key in plan.posts}
    rendered = renderings(database, where, carried.values())
    made = _feeds(publication, snapshot, due, rendered.by_key)
    made += _indexes(publication, plans, stale, index_page)
    if made:
        with database.write() as connection:
            keep(connection, where, rendered)
            _announce(connection, snapshot, made)
        withdraw(database, publication.public, {one.target.path: one.etag for one in made})
    changed = _write(database, publication, snapshot, made, replace_foreign=replace_foreign)
    return PublishReport(
        written=tuple(sorted(changed)),
        unchanged=tuple(sorted({target.path for target in targets} - changed)),
        new_feeds=tuple(plan.known.key for plan in plans if plan.known.name not in snapshot.feeds),
        clashes=tuple(clash.message for clash in snapshot.catalog.clashes),
    )


def _snapshot(connection: Connection, publication: Publication, now: datetime) -> _Snapshot:
    catalog = read_catalog(connection, publication.categories)
    feeds = publications.known_feeds(connection)
    plans = plan_feeds(publication, catalog, feeds, now)
    posts = posts_store.posts_by_key(connection, {key for plan in plans for key in plan.posts})
    return _Snapshot(catalog, plans, posts, feeds, publications.known_documents(connection))


def _stands(publication: Publication, target: Target, documents: Mapping[str, KnownDocument]) -> bool:
    """Whether the file is there as we wrote it, of the same inputs."""
    known = documents.get(target.path)
    if known is None or known.inputs != target.inputs or known.writing:
        return False
    return output.untouched(publication.public, _written(known))


def _written(known: KnownDocument) -> Written:
    return Written(known.path, known.size, known.mtime_ns, known.etag)


# Rendering --------------------------------------------------------------------------------------


def _by_plan(plans: Iterable[Plan], stale: Iterable[Target]) -> list[tuple[Plan, list[Target]]]:
    """The feeds that have stale documents, each with these."""
    by_feed: dict[str, list[Target]] = {}
    for target in stale:
        by_feed.setdefault(target.feed, []).append(target)
    return [(plan, by_feed[plan.known.name]) for plan in plans if plan.known.name in by_feed]


def _feeds(
    publication: Publication,
    snapshot: _Snapshot,
    due: Sequence[tuple[Plan, Sequence[Target]]],
    bodies: Mapping[int, Rendering],
) -> list[_Made]:
    """The stale documents of feeds; an entry is made and serialised once for all of them."""
    entries = {
        key: entry_of(publication, post, bodies[key], snapshot.catalog.categories_of(post))
        for key, post in snapshot.posts.items()
        if key in bodies
    }
    fragments: Fragments = {}
    made: list[_Made] = []
    for plan, targets in due:
        feed = feed_of(publication, plan, [entries[key] for key in plan.posts])
        documents: dict[str, Document] = {}
        for target in targets:
            if target.format not in documents:
                from feeds.syndication.render import render

                form = Format(target.format)
                documents[target.format] = render(feed, form, path=target.path, fragments=fragments)
            made.append(_Made(target, replace(documents[target.format], path=target.path)))
    return made


def _indexes(
    publication: Publication, plans: Sequence[Plan], stale: Iterable[Target], index_page: IndexPage
) -> list[_Made]:
    made = []
    for target in stale:
        listed = summaries(publication, plans)
        if target.format == "opml":
            from feeds.syndication.opml import MEDIA_TYPE, opml

            document = Document(target.path, MEDIA_TYPE, opml(publication.title, listed))
            made.append(_Made(target, document))
        elif target.format == "html":
            made.append(_Made(target, Document(target.path, "text/html", index_page(listed))))
    return made


# Writing ----------------------------------------------------------------------------------------


def _announce(connection: Connection, snapshot: _Snapshot, made: Sequence[_Made]) -> None:
    """Stores the feeds, and the entity tags of the bytes that come next.

    Whoever dies while writing leaves files that later runs know by these tags to be ours, however many
    of these die as well.
    """
    plans = snapshot.plans
    new = [plan.known for plan in plans if plan.known.name not in snapshot.feeds]
    changed = [plan.known for plan in plans if snapshot.feeds.get(plan.known.name, plan.known) != plan.known]
    rows = []
    for one in made:
        target, document = one.target, one.document
        first = KnownDocument(target.path, target.feed, target.format, "", document.media_type, -1, 0, "")
        before = snapshot.documents.get(target.path, first)
        tags = dict.fromkeys([*before.writing.split(), one.etag])
        rows.append(replace(before, writing=" ".join(tags)))
    publications.put_feeds(connection, new, changed)
    publications.put_documents(connection, rows)


def _write(
    database: Database,
    publication: Publication,
    snapshot: _Snapshot,
    made: Sequence[_Made],
    *,
    replace_foreign: bool,
) -> set[str]:
    """Paths of the files whose bytes changed.

    What was written before something went wrong is recorded all the same.
    """
    changed: set[str] = set()
    rows: list[KnownDocument] = []
    try:
        for one in made:
            before = snapshot.documents.get(one.target.path)
            known = _written(before) if before is not None and before.etag else None
            intended = () if before is None else before.writing.split()
            now, wrote = output.publish(
                publication.public,
                one.document,
                known,
                replace=replace_foreign,
                intended=intended,
                etag=one.etag,
            )
            if wrote:
                changed.add(now.path)
            rows.append(_row(one, now))
    finally:
        if rows:
            output.sync(publication.public, [row.path for row in rows])
            with database.write() as connection:
                publications.put_documents(connection, rows)
    return changed


def _row(made: _Made, written: Written) -> KnownDocument:
    target = made.target
    return KnownDocument(
        target.path,
        target.feed,
        target.format,
        target.inputs,
        made.document.media_type,
        written.size,
        written.mtime_ns,
        written.etag,
    )
