"""Publish: the visible posts as feeds, into the public folder.

A feed is looked at only where a scan noted that its posts changed, where something changed that all
feeds depend on, or where its files are not there as they were written; it is written only where its
bytes would be others.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from feeds.actions.assemble import Ingredients, addresses_of, entry_of, feed_of, summaries
from feeds.actions.feedplan import Publication
from feeds.actions.placing import Desk, Drawn, announce, drafted, place
from feeds.actions.printing import Wanted, print_feeds
from feeds.actions.renderings import keep, renderings
from feeds.actions.sidecars import withdraw
from feeds.actions.snapshot import INDEXES, PUBLISHED, Page, Snapshot, snapshot_of, stale_of
from feeds.actions.targets import Target
from feeds.actions.workshop import Workshop
from feeds.model.build_report import PublishReport
from feeds.model.feed import Document, Format
from feeds.model.post import Post
from feeds.store import posts as posts_store
from feeds.store import publications, state
from feeds.store.database import Database

if TYPE_CHECKING:
    from feeds.syndication.fragments import Fragments

_AT_ONCE = 64
"""Documents that are made and written together; their bytes are in memory at the same time."""

_FRAGMENTS = 4000
"""Serialised entries that are kept for the feeds that come next."""


def publish(database: Database, workshop: Workshop, now: datetime) -> PublishReport:
    """Writes the documents that changed and reports which.

    Raises ForeignFile where a file that we did not write stands in the way (unless it is to be replaced),
    PublishError where a document cannot be written, SourceChanged where a post changed since the scan.
    """
    with database.read() as connection:
        snapshot = snapshot_of(connection, workshop, now)
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
            state.put(connection, PUBLISHED, snapshot.mark)
    return PublishReport(
        written=tuple(sorted(changed)),
        unchanged=tuple(sorted({target.path for target in snapshot.targets} - changed)),
        new_feeds=tuple(feed.key for feed in new),
        addresses=_addresses(workshop.publication, snapshot, changed),
        clashes=tuple(clash.message for clash in snapshot.catalog.clashes),
    )


def _addresses(publication: Publication, snapshot: Snapshot, changed: Set[str]) -> tuple[str, ...]:
    """Of the feeds that readers subscribe to and that changed."""
    found = (
        addresses_of(publication, snapshot.plans[target.feed])[Format(target.format)]
        for target in snapshot.targets
        if target.path in changed and target.feed and not target.page
    )
    return tuple(dict.fromkeys(found))


def _portions(due: Mapping[Page, Sequence[Target]]) -> Iterator[dict[Page, Sequence[Target]]]:
    """The pages in portions of about as many documents as are made at once."""
    portion: dict[Page, Sequence[Target]] = {}
    for page, targets in due.items():
        portion[page] = targets
        if sum(map(len, portion.values())) >= _AT_ONCE:
            yield portion
            portion = {}
    if portion:
        yield portion


def _publish_some(
    database: Database,
    workshop: Workshop,
    snapshot: Snapshot,
    pages: Mapping[Page, Sequence[Target]],
    *,
    fragments: Fragments,
    now: datetime,
) -> set[str]:
    """Writes what has to be written of these pages; returns the paths whose bytes changed."""
    posts, siblings = _posts_of(database, snapshot, pages)
    stale = stale_of(workshop, snapshot, pages, posts, siblings)
    if not stale:
        return set()
    kitchen = workshop.kitchen
    carried = {key: posts[key] for page in stale for key in snapshot.posts.get(page, ())}
    rendered = renderings(database, kitchen, carried.values())
    ingredients = Ingredients(snapshot.catalog, rendered.by_key, siblings, workshop.media)
    desk = Desk(workshop.publication.public, snapshot.documents, os.getpid())
    feeds = _feeds(workshop.publication, snapshot, stale, carried, ingredients)
    documents = chain(
        print_feeds(feeds, desk, fragments, kitchen.processes),
        _indexes(workshop, snapshot, stale.get(INDEXES, ())),
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


def _posts_of(
    database: Database, snapshot: Snapshot, pages: Iterable[Page]
) -> tuple[Mapping[int, Post], Mapping[str, Sequence[Post]]]:
    """The posts on these pages by their keys, and the translations of these by what they have in common."""
    keys = {key for page in pages for key in snapshot.posts.get(page, ())}
    with database.read() as connection:
        posts = posts_store.posts_by_key(connection, keys)
        shared = {post.translation_key for post in posts.values()} - {""}
        return posts, posts_store.translations(connection, shared) if shared else {}


def _feeds(
    publication: Publication,
    snapshot: Snapshot,
    stale: Mapping[Page, Sequence[Target]],
    carried: Mapping[int, Post],
    ingredients: Ingredients,
) -> list[Wanted]:
    """The pages as feeds, each with the documents that are to be made of it."""
    entries = {key: entry_of(publication, post, ingredients) for key, post in carried.items()}
    wanted: list[Wanted] = []
    for (name, page), targets in stale.items():
        if name:
            shown = [entries[key] for key in snapshot.posts[name, page]]
            wanted.append((feed_of(publication, snapshot.plans[name], shown, page), targets))
    return wanted


def _indexes(workshop: Workshop, snapshot: Snapshot, targets: Iterable[Target]) -> Iterator[Drawn]:
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
