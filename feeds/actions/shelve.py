"""Shelve: what a scan changed, into the facets that feeds are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from feeds.actions.reconcile import Changes
from feeds.model.facet import LANGUAGE, Facet, facets_of
from feeds.store import facets as facets_store
from feeds.store import posts as posts_store
from feeds.store import state
from feeds.store.post_rows import KnownPost


def shelve(
    connection: Connection,
    before: Sequence[KnownPost],
    changes: Changes,
    new: Sequence[int],
    wanted: frozenset[str],
    *,
    again: bool,
) -> None:
    """Gives the changed and the new posts their facets, and notes which parts of feeds they change.

    ``new`` has the keys of the new posts, which are written already, as the changed ones are. With
    ``again`` every post is gone through, as other facets may be wanted than before.
    """
    known = {post.key: post for post in before}
    changed = [post for post in changes.changed if _differs(known[post.key], post)]
    placed = [(post.key, post) for post in changed] + list(zip(new, changes.new, strict=True))
    scan = state.catalog(connection)
    concerned = [*(known[post.key] for post in changed), *(post for _, post in placed)]
    more = LANGUAGE in wanted and _note_languages(connection, placed)
    if LANGUAGE in wanted and not _has_several_languages(connection):
        wanted -= {LANGUAGE}  # feeds of the only language would be those of everything
    seen = [post.key for post in changed]
    if again or more:
        placed = [(post.key, post) for post in posts_store.known_posts(connection)]
        seen = [key for key, _ in placed]
    placed.sort(key=lambda pair: (pair[1].post.published, pair[1].post.path))
    rows = ((key, post.post.published, _facets(post, wanted)) for key, post in placed)
    facets_store.shelve(connection, rows, scan, seen=seen)
    _touch_translations(connection, concerned, scan)


_LANGUAGES = "languages"
"""The name of the fact that has the languages of posts that were ever shown."""


def _note_languages(connection: Connection, placed: Iterable[tuple[int, KnownPost]]) -> bool:
    """Whether there is more than one language from now on."""
    before = set((state.get(connection, _LANGUAGES) or "").split())
    now = before | {post.post.language for _, post in placed if post.state == "visible"} - {""}
    if now != before:
        state.put(connection, _LANGUAGES, " ".join(sorted(now)))
    return len(before) < 2 <= len(now)


def _has_several_languages(connection: Connection) -> bool:
    return len((state.get(connection, _LANGUAGES) or "").split()) > 1


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
