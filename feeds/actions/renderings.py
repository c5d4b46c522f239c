"""Renderings of posts: from the cache, else made from the files and cached by content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from feeds.model.post import Post, Rendering
from feeds.posts.recipe import RECIPE
from feeds.posts.site import Site
from feeds.store import renderings as renderings_store
from feeds.store.database import Database


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What a rendering depends on beside the bytes of the file."""

    folder: Path
    site: Site
    recipe: str
    """Changes whenever the same bytes would give another rendering."""
    processes: int = 1


def kitchen(folder: Path, site: Site, processes: int) -> Kitchen:
    """The kitchen that renders by today's recipe."""
    recipe = f"{RECIPE}-{blake2b(repr(site).encode(), digest_size=8).hexdigest()}"
    return Kitchen(folder, site, recipe, processes)


def renderings(database: Database, where: Kitchen, posts: Iterable[Post]) -> dict[int, Rendering]:
    """The rendering of each of these posts, by its key.

    Raises SourceChanged if a file is no longer what the scan saw.
    """
    wanted = {post.key: post for post in posts if post.key is not None}
    names = {key: _name(where, post) for key, post in wanted.items()}
    with database.read() as connection:
        found = renderings_store.cached_renderings(connection, set(names.values()))
    missing = {names[key]: post for key, post in wanted.items() if names[key] not in found}
    if missing:
        from feeds.posts.scan import render_posts

        rendered = render_posts(where.folder, list(missing.values()), where.site, where.processes)
        made = {
            name: (post.fingerprint, r) for (name, post), r in zip(missing.items(), rendered, strict=True)
        }
        with database.write() as connection:
            renderings_store.cache_renderings(connection, made, where.recipe)
        found |= {name: rendering for name, (_, rendering) in made.items()}
    return {key: found[name] for key, name in names.items()}


def _name(where: Kitchen, post: Post) -> str:
    # A renamed post has the same bytes and other absolute links, so its address takes part.
    parts = (
        where.recipe,
        post.fingerprint,
        post.url,
        post.excerpt,
        post.image,
        post.image_alt,
        post.language,
    )
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
