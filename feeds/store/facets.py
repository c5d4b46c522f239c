"""Facets and the visible posts that each has, newest first and by page of the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, delete, func, insert, select, tuple_, update

from feeds.model.facet import Facet, Kind
from feeds.model.noun import dataclass
from feeds.store.batches import batches
from feeds.store.bulk import insert_rows
from feeds.store.schema.facets import facet_pages, facet_posts, facets

PAGE = 50
"""How many posts a page of the archive takes."""

_AT_ONCE = 20_000
"""Places that are kept before they are written."""

NEWEST = 0
"""The page of the newest posts, which is no page of the archive."""


@dataclass(frozen=True, slots=True)
class KnownFacet:
    """A facet with how much there is of it."""

    key: int
    facet: Facet
    posts: int
    """How many visible posts have it."""
    page: int
    """The newest page of its archive; 0 before its first post."""
    room: int = 0
    """How many more posts that page takes."""


class Shelved(NamedTuple):
    """A post's place in a facet."""

    facet: int
    published: datetime
    post: int
    page: int


_FACET = (
    facets.c.key,
    facets.c.kind,
    facets.c.name,
    facets.c.language,
    facets.c.posts,
    facets.c.page,
    facets.c.room,
)


def every_facet(connection: Connection) -> list[KnownFacet]:
    """All facets that ever had a post."""
    return [_known(row) for row in connection.execute(select(*_FACET).order_by(facets.c.key))]


def labels(connection: Connection) -> dict[str, int]:
    """The categories of visible posts, each with how many posts have it."""
    query = select(facets.c.name, facets.c.posts).where(
        facets.c.kind == Kind.CATEGORY.value, facets.c.language == "", facets.c.posts > 0
    )
    return {row.name: row.posts for row in connection.execute(query)}


def newest(connection: Connection, keys: Sequence[int], limit: int) -> list[int]:
    """Keys of the newest posts that have any of these facets, each once; 0 gives all of them."""
    query = select(facet_posts.c.published, facet_posts.c.post)
    order = (facet_posts.c.published.desc(), facet_posts.c.post.desc())
    found: set[tuple[datetime, int]] = set()
    for key in keys:
        one = query.where(facet_posts.c.facet == key).order_by(*order)
        rows = connection.execute(one.limit(limit) if limit else one)
        found.update((published, post) for published, post in rows)
    return [post for _, post in sorted(found, reverse=True)[: limit or None]]


def on_page(connection: Connection, keys: Sequence[int], page: int) -> list[int]:
    """Keys of the posts on this page of the archive of any of these facets, newest first."""
    query = select(facet_posts.c.published, facet_posts.c.post).where(
        facet_posts.c.facet.in_(keys), facet_posts.c.page == page
    )
    found = {(published, post) for published, post in connection.execute(query)}
    return [post for _, post in sorted(found, reverse=True)]


def count(connection: Connection, keys: Sequence[int]) -> int:
    """How many posts have any of these facets."""
    query = select(func.count(facet_posts.c.post.distinct())).where(facet_posts.c.facet.in_(keys))
    return connection.execute(query).scalar() or 0


def changed_pages(connection: Connection, since: int) -> set[tuple[int, int]]:
    """Facet and page of what scans after this one changed."""
    query = select(facet_pages.c.facet, facet_pages.c.page).where(facet_pages.c.changed > since)
    return {(facet, page) for facet, page in connection.execute(query)}


# Writing ----------------------------------------------------------------------------------------


def shelve(
    connection: Connection,
    posts: Iterable[tuple[int, datetime, frozenset[Facet]]],
    scan: int,
    *,
    seen: Collection[int],
) -> None:
    """Gives posts their facets, in place of those that they had; the newest come last.

    Each post is its key, its date, and its facets, none where it is not visible. ``seen`` has the keys
    of those that may have facets already. ``scan`` is the number of this scan.
    """
    shelf = _Shelf(connection, scan)
    had = _shelved(connection, seen)
    for post, published, wanted in posts:
        shelf.put(post, published, wanted, had.get(post, ()))
    shelf.store()


def touch(connection: Connection, posts: Collection[int], scan: int) -> None:
    """Notes that entries of these posts changed, for instance because a translation did."""
    shelf = _Shelf(connection, scan)
    for places in _shelved(connection, posts).values():
        shelf.touch(places)
    shelf.store()


class _Shelf:
    """What one scan does to the facets, gathered to be written in a few statements."""

    def __init__(self, connection: Connection, scan: int) -> None:
        self._connection = connection
        self._scan = scan
        known = every_facet(connection)
        self._keys = {facet.facet: facet.key for facet in known}
        self._top = max(self._keys.values(), default=0)
        self._before = {facet.key: facet for facet in known}
        self._pages = {facet.key: [facet.posts, facet.page, facet.room] for facet in known}
        self._removed: list[Shelved] = []
        self._added: list[Shelved] = []
        self._touched: set[tuple[int, int]] = set()

    def put(self, post: int, published: datetime, wanted: frozenset[Facet], had: Iterable[Shelved]) -> None:
        """Moves a post to where it belongs; what it keeps it keeps on its page."""
        keys = {self._key(facet) for facet in wanted}
        kept = {place.facet: place for place in had}
        self.touch(kept.values())
        for place in kept.values():
            if place.facet not in keys:
                self._removed.append(place)
                self._pages[place.facet][0] -= 1
            elif place.published != published:
                self._removed.append(place)
                self._added.append(Shelved(place.facet, published, post, place.page))
        if len(self._added) > _AT_ONCE:
            self._store_added()
        for key in sorted(keys - kept.keys()):
            page = self._next_page(key)
            self._added.append(Shelved(key, published, post, page))
            self._touched |= {(key, NEWEST), (key, page)}

    def touch(self, places: Iterable[Shelved]) -> None:
        """Notes that these parts of feeds have to be looked at again."""
        for place in places:
            self._touched |= {(place.facet, NEWEST), (place.facet, place.page)}

    def store(self) -> None:
        """Writes it all."""
        self._store_facets()
        place = facet_posts.c
        if self._removed:
            gone = delete(facet_posts).where(
                place.facet == bindparam("f"), place.published == bindparam("d"), place.post == bindparam("p")
            )
            rows = [{"f": one.facet, "d": one.published, "p": one.post} for one in self._removed]
            self._connection.execute(gone, rows)
        self._store_added()
        self._store_pages()

    def _store_added(self) -> None:
        insert_rows(self._connection, facet_posts, ("facet", "published", "post", "page"), self._added)
        self._added.clear()

    def _key(self, facet: Facet) -> int:
        if facet not in self._keys:
            self._top += 1
            self._keys[facet] = self._top
            self._pages[self._top] = [0, 0, 0]
        return self._keys[facet]

    def _next_page(self, key: int) -> int:
        """The page that takes one more post; a full one gets a successor, which it has to name."""
        state = self._pages[key]
        if state[2] == 0:
            self._touched.add((key, state[1]))
            state[1], state[2] = state[1] + 1, PAGE
        state[0] += 1
        state[2] -= 1
        return state[1]

    def _store_facets(self) -> None:
        new, changed = [], []
        for facet, key in self._keys.items():
            posts, page, room = self._pages[key]
            known = self._before.get(key)
            if known is None:
                names = {"kind": facet.kind.value, "name": facet.name, "language": facet.language}
                new.append({"key": key, **names, "posts": posts, "page": page, "room": room})
            elif (known.posts, known.page, known.room) != (posts, page, room):
                changed.append({"this": key, "n": posts, "p": page, "r": room})
        if new:
            self._connection.execute(insert(facets), new)
        if changed:
            values: dict[str, BindParameter[Any]] = {
                "posts": bindparam("n"),
                "page": bindparam("p"),
                "room": bindparam("r"),
            }
            self._connection.execute(
                update(facets).where(facets.c.key == bindparam("this")).values(values), changed
            )

    def _store_pages(self) -> None:
        known = {
            pair for some in batches(sorted(self._touched)) for pair in _known_pages(self._connection, some)
        }
        old = [{"f": facet, "p": page} for facet, page in sorted(known)]
        new = [
            {"facet": facet, "page": page, "changed": self._scan}
            for facet, page in sorted(self._touched - known)
        ]
        page = facet_pages.c
        if old:
            again = update(facet_pages).where(page.facet == bindparam("f"), page.page == bindparam("p"))
            self._connection.execute(again.values(changed=self._scan), old)
        if new:
            self._connection.execute(insert(facet_pages), new)


def _known_pages(connection: Connection, pairs: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    columns = (facet_pages.c.facet, facet_pages.c.page)
    rows = connection.execute(select(*columns).where(tuple_(*columns).in_(pairs)))
    return [(facet, page) for facet, page in rows]


def _shelved(connection: Connection, posts: Collection[int]) -> Mapping[int, list[Shelved]]:
    """Where these posts are."""
    place = facet_posts.c
    found: dict[int, list[Shelved]] = defaultdict(list)
    for some in batches(list(posts)):
        query = select(place.facet, place.published, place.post, place.page).where(place.post.in_(some))
        for row in connection.execute(query):
            found[row.post].append(Shelved(*row))
    return found


def _known(row: Sequence[object]) -> KnownFacet:
    key, kind, name, language, *rest = row
    return KnownFacet(key, Facet(Kind(kind), name, language), *rest)  # type: ignore[arg-type]
