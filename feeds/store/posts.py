"""Posts: what is known of each beyond its file."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Column, Connection, and_, func, select

from feeds.model.post import Post
from feeds.store.batches import batches
from feeds.store.post_rows import KNOWN_COLUMNS, POST_COLUMNS, KnownPost, ids_of, known_of, post_of
from feeds.store.schema.posts import VISIBLE, posts


def known_posts(connection: Connection) -> list[KnownPost]:
    """Every post ever seen, in the order of first sight."""
    rows = connection.execute(select(*KNOWN_COLUMNS).order_by(posts.c.key))
    return [known_of(row) for row in rows]


def neighbours(connection: Connection, parsed: Iterable[Post], paths: Collection[str]) -> list[KnownPost]:
    """The known posts that a scan of these files can concern, in the order of first sight.

    Those at these paths, those that have a content, an id or an address in common with one of the
    files, and those at the same address as one of these.
    """
    files = list(parsed)
    traits: dict[Column[Any], set[str]] = {
        posts.c.path: {*paths, *(post.path for post in files)},
        posts.c.fingerprint: {post.fingerprint for post in files},
        posts.c.declared_id: {post.declared_id for post in files if post.declared_id},
        posts.c.rss_id: {post.ids.rss for post in files},
        posts.c.atom_id: {post.ids.atom for post in files},
        posts.c.json_id: {post.ids.json for post in files},
    }
    found: dict[int, KnownPost] = {}
    for column, values in traits.items():
        found |= posts_with(connection, column, values)
    found |= _numbered(connection, files, found.values())
    addresses = {post.url for post in files} | {known.post.url for known in found.values()}
    found |= posts_with(connection, posts.c.url, addresses)
    return [found[key] for key in sorted(found)]


def _numbered(
    connection: Connection, files: Iterable[Post], found: Collection[KnownPost]
) -> dict[int, KnownPost]:
    """Posts whose id is one that a new file proposes with a number behind it, where that id is taken."""
    paths = {known.post.path for known in found}
    taken = {id_ for known in found for id_ in ids_of(known.post.ids)}
    proposed = {id_ for post in files if post.path not in paths for id_ in ids_of(post.ids)}
    numbered: dict[int, KnownPost] = {}
    for id_ in sorted(proposed & taken):
        for column in (posts.c.rss_id, posts.c.atom_id, posts.c.json_id):
            alike = and_(column >= f"{id_}#", column < f"{id_}$")  # "$" follows "#": a range of the index
            rows = connection.execute(select(*KNOWN_COLUMNS).where(alike))
            numbered |= {known.key: known for known in map(known_of, rows)}
    return numbered


def posts_with(connection: Connection, column: Column[Any], values: Collection[str]) -> dict[int, KnownPost]:
    """The known posts with one of these values in the column, by key."""
    found: dict[int, KnownPost] = {}
    for some in batches(sorted(values)):
        rows = connection.execute(select(*KNOWN_COLUMNS).where(column.in_(some)))
        found |= {known.key: known for known in map(known_of, rows)}
    return found


def visible_addresses(connection: Connection, paths: Collection[str] | None = None) -> list[tuple[str, str]]:
    """The path and the address of every visible post, or of those among these paths."""
    query = select(posts.c.path, posts.c.url).where(posts.c.state == "visible")
    if paths is None:
        return [(row.path, row.url) for row in connection.execute(query)]
    found: list[tuple[str, str]] = []
    for some in batches(sorted(paths)):
        rows = connection.execute(query.where(posts.c.path.in_(some)))
        found += [(row.path, row.url) for row in rows]
    return found


def posts_by_key(connection: Connection, keys: Iterable[int]) -> dict[int, Post]:
    """The posts with these keys, by key."""
    found: dict[int, Post] = {}
    for some in batches(list(keys)):
        query = select(*POST_COLUMNS).where(posts.c.key.in_(some))
        found |= {row.key: post_of(row) for row in connection.execute(query)}
    return found


def translations(connection: Connection, keys: Collection[str]) -> dict[str, list[Post]]:
    """The visible posts with these translation keys, by key, in the order of languages."""
    query = select(*POST_COLUMNS).where(posts.c.state == "visible")
    found: dict[str, list[Post]] = {}
    for some in batches(sorted(keys)):
        rows = connection.execute(
            query.where(posts.c.translation_key.in_(some)).order_by(posts.c.language, posts.c.key)
        )
        for row in rows:
            post = post_of(row)
            found.setdefault(post.translation_key, []).append(post)
    return found


def count_visible(connection: Connection) -> int:
    """How many posts are visible."""
    return connection.execute(select(func.count()).select_from(posts).where(VISIBLE)).scalar() or 0
