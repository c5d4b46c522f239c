"""Renderings of posts: from the cache, else made from the files and cached by content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import Connection

from feeds.errors import SourceChanged
from feeds.model.noun import dataclass
from feeds.model.post import Parsed, Post, Rendering
from feeds.posts.recipe import RECIPE
from feeds.posts.site import Site
from feeds.store import renderings as renderings_store
from feeds.store.database import Database


class Ahead:
    """Renderings that other processes are at, begun before anybody asked for them."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._made: Iterator[Rendering] = iter(())

    def begin(self, where: Kitchen, posts: Sequence[Post]) -> None:
        """Has these posts rendered while the caller does something else."""
        from feeds.posts.scan import render_posts

        self._names = [_name(where, post) for post in posts]
        self._made = render_posts(where.folder, posts, where.site, where.processes, busy=True)

    def take(self) -> dict[str, Rendering]:
        """What has been made, by name in the cache; nothing where a file changed meanwhile."""
        try:
            return dict(zip(self._names, self._made, strict=True)) if self._names else {}
        except SourceChanged:
            return {}
        finally:
            self._names, self._made = [], iter(())


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What a rendering depends on beside the bytes of the file."""

    folder: Path
    site: Site
    recipe: str
    """Changes whenever the same bytes would give another rendering."""
    processes: int = 1
    ahead: Ahead = field(default_factory=Ahead, compare=False)


def first_shown(parsed: Iterable[Parsed], limit: int, until: datetime | None) -> list[Post]:
    """The posts that a first publication will carry, as far as one sees it from the files alone.

    ``until``: after this date none is shown.
    """
    posts = [post for post in parsed if isinstance(post, Post) and not (until and post.published > until)]
    posts.sort(key=lambda post: (post.published, post.path))
    newest = {post.url: post for post in posts}  # of several at one address
    left: dict[str, int] = {}
    chosen = []
    for post in sorted(newest.values(), key=lambda post: post.published, reverse=True):
        groups = ("", *post.categories)
        if any(left.get(group, limit) > 0 for group in groups):
            chosen.append(post)
        for group in groups:
            left[group] = left.get(group, limit) - 1
    return chosen


def kitchen(folder: Path, site: Site, processes: int) -> Kitchen:
    """The kitchen that renders by today's recipe."""
    recipe = f"{RECIPE}-{blake2b(repr(site).encode(), digest_size=8).hexdigest()}"
    return Kitchen(folder, site, recipe, processes)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Renderings of posts, and which of them the cache does not have yet."""

    by_key: Mapping[int, Rendering]
    fresh: Mapping[str, tuple[str, Rendering]]
    """By name in the cache, each with the fingerprint of its content."""


def renderings(database: Database, where: Kitchen, posts: Iterable[Post]) -> Rendered:
    """The rendering of each of these posts; the caller keeps the fresh ones in its next transaction.

    Raises SourceChanged if a file is no longer what the scan saw.
    """
    wanted = {post.key: post for post in posts if post.key is not None}
    names = {key: _name(where, post) for key, post in wanted.items()}
    with database.read() as connection:
        found = renderings_store.cached_renderings(connection, set(names.values()))
    missing = {names[key]: post for key, post in wanted.items() if names[key] not in found}
    fresh: dict[str, tuple[str, Rendering]] = {}
    if missing:
        from feeds.posts.scan import render_posts

        new = {name: made for name, made in where.ahead.take().items() if name in missing}
        rest = {name: post for name, post in missing.items() if name not in new}
        if rest:
            made = render_posts(where.folder, list(rest.values()), where.site, where.processes)
            new |= zip(rest, made, strict=True)
        new |= _with_references(database, where, {n: p for n, p in missing.items() if new[n].references}, new)
        fresh = {n: (missing[n].fingerprint, r) for n, r in new.items() if not r.references}
        found |= new
    return Rendered({key: found[name] for key, name in names.items()}, fresh)


def _with_references(
    database: Database, where: Kitchen, posts: Mapping[str, Post], made: Mapping[str, Rendering]
) -> dict[str, Rendering]:
    """Those that refer to other posts, rendered again with the addresses of these.

    They are not kept: the other posts may move.
    """
    if not posts:
        return {}
    from feeds.posts.scan import render_posts

    addresses = _addresses(database, where, {name for key in posts for name in made[key].references})
    again = render_posts(where.folder, list(posts.values()), where.site, where.processes, addresses=addresses)
    return dict(zip(posts, again, strict=True))


def _addresses(database: Database, where: Kitchen, names: set[str]) -> dict[str, str]:
    """The addresses of the posts that these names mean; only for odd names are all posts looked at.

    And of pages that are no posts.
    """
    from feeds.posts.pages import address_of_page
    from feeds.posts.shortcodes.references import Addresses, likely_paths
    from feeds.store.posts import visible_addresses

    site = where.site
    with database.read() as connection:
        likely = {path for name in names for path in likely_paths(name, site)}
        near = Addresses(visible_addresses(connection, likely), site)
        found = {name: address for name in names if (address := near.find(name))}
        if names - found.keys():
            everything = Addresses(visible_addresses(connection), site)
            odd = names - found.keys()
            found |= {name: address for name in odd if (address := everything.find(name))}
    pages = ((name, address_of_page(name, where.folder, site)) for name in names - found.keys())
    found |= {name: address for name, address in pages if address}
    return found


def keep(connection: Connection, where: Kitchen, rendered: Rendered) -> None:
    """Writes the fresh renderings into the cache."""
    renderings_store.cache_renderings(connection, rendered.fresh, where.recipe)


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
