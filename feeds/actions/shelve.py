"""Shelve: what a scan changed, into the facets that feeds are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from feeds.actions.reconcile import Changes
from feeds.model.facet import Facet, facets_of
from feeds.store import facets as facets_store
from feeds.store import posts as posts_store
from feeds.store import state
from feeds.store.posts import KnownPost


def shelve(
    connection: Connection,
    before: Sequence[KnownPost],
    changes: Changes,
    new: Sequence[int],
    wanted: frozenset[str],
) -> None:
    """Gives the changed and the new posts their facets, and notes which parts of feeds they change.

    ``new`` has the keys of the new posts.
    """
    known = {post.key: post for post in before}
    changed = [post for post in changes.changed if _differs(known[post.key], post)]
    placed = [(post.key, post) for post in changed] + list(zip(new, changes.new, strict=True))
    placed.sort(key=lambda pair: (pair[1].post.published, pair[1].post.path))
    scan = state.catalog(connection)
    rows = ((key, post.post.published, _facets(post, wanted)) for key, post in placed)
    facets_store.shelve(connection, rows, scan, seen=[post.key for post in changed])
    _touch_translations(connection, [*(known[post.key] for post in changed), *(p for _, p in placed)], scan)


def _differs(before: KnownPost, after: KnownPost) -> bool:
    """Whether a feed could tell; a post that only got its number is the same to it."""
    return (before.state, before.post) != (after.state, after.post)


def _facets(known: KnownPost, wanted: frozenset[str]) -> frozenset[Facet]:
    return facets_of(known.post, wanted) if known.state == "visible" else frozenset()


def _touch_translations(connection: Connection, concerned: Iterable[KnownPost], scan: int) -> None:
    """An entry names the translations of its post, so it changes with them."""
    keys = {known.post.translation_key for known in concerned} - {""}
    if keys:
        siblings = posts_store.translations(connection, keys)
        facets_store.touch(connection, [p.key for s in siblings.values() for p in s if p.key], scan)
