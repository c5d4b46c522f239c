"""Posts: what is known of each beyond its file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    select,
    true,
    update,
)

from feeds.model.noun import dataclass
from feeds.model.post import Post, PostIds
from feeds.store.batches import batches
from feeds.store.bulk import insert_rows
from feeds.store.schema.posts import HELD, RIPENING, VISIBLE, WAITING, posts
from feeds.store.state import top_sequence


@dataclass(frozen=True, slots=True)
class KnownPost:
    """A post with what the store knows of it beyond its file."""

    post: Post
    state: str
    twin: str
    changed: datetime
    sequence: int | None
    carried: bool
    hold: str

    @property
    def key(self) -> int:
        assert self.post.key is not None
        return self.post.key


@dataclass(frozen=True, slots=True)
class MailablePost:
    """What choosing posts for a reader needs to know of one."""

    key: int
    sequence: int
    published: datetime
    categories: tuple[str, ...]


# Posts ---------------------------------------------------------------------------------------

_POST_COLUMNS = (
    posts.c.path,
    posts.c.fingerprint,
    posts.c.title,
    posts.c.slug,
    posts.c.url,
    posts.c.published,
    posts.c.updated,
    posts.c.categories,
    posts.c.tags,
    posts.c.author,
    posts.c.language,
    posts.c.excerpt,
    posts.c.image,
    posts.c.image_alt,
    posts.c.declared_id,
    posts.c.in_mail,
    posts.c.notes,
    posts.c.key,
    posts.c.rss_id,
    posts.c.atom_id,
    posts.c.json_id,
    posts.c.in_feeds,
    posts.c.expires,
    posts.c.translation_key,
    posts.c.feed_content,
    posts.c.rights,
    posts.c.enclosures,
    posts.c.episode,
)


_KNOWN_COLUMNS = (
    *_POST_COLUMNS,
    posts.c.state,
    posts.c.twin,
    posts.c.changed,
    posts.c.sequence,
    posts.c.carried,
    posts.c.hold,
)


def known_posts(connection: Connection) -> list[KnownPost]:
    """Every post ever seen, in the order of first sight."""
    rows = connection.execute(select(*_KNOWN_COLUMNS).order_by(posts.c.key))
    return [_known(row) for row in rows]


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
        found |= _with(connection, column, values)
    found |= _numbered(connection, files, found.values())
    addresses = {post.url for post in files} | {known.post.url for known in found.values()}
    found |= _with(connection, posts.c.url, addresses)
    return [found[key] for key in sorted(found)]


def _numbered(
    connection: Connection, files: Iterable[Post], found: Collection[KnownPost]
) -> dict[int, KnownPost]:
    """Posts whose id is one that a new file proposes with a number behind it, where that id is taken."""
    paths = {known.post.path for known in found}
    taken = {id_ for known in found for id_ in _ids_of(known.post.ids)}
    proposed = {id_ for post in files if post.path not in paths for id_ in _ids_of(post.ids)}
    numbered: dict[int, KnownPost] = {}
    for id_ in sorted(proposed & taken):
        for column in (posts.c.rss_id, posts.c.atom_id, posts.c.json_id):
            alike = and_(column >= f"{id_}#", column < f"{id_}$")  # "$" follows "#": a range of the index
            rows = connection.execute(select(*_KNOWN_COLUMNS).where(alike))
            numbered |= {known.key: known for known in map(_known, rows)}
    return numbered


def due_posts(connection: Connection, now: datetime, settle: timedelta, future: bool) -> list[KnownPost]:
    """The posts that time alone makes visible, mailable or expired, and those at the same address."""
    found: dict[int, KnownPost] = {}
    for one in _due(now, settle, future):
        rows = connection.execute(select(*_KNOWN_COLUMNS).where(one))
        found |= {known.key: known for known in map(_known, rows)}
    found |= _with(connection, posts.c.url, {known.post.url for known in found.values()})
    return [found[key] for key in sorted(found)]


def _with(connection: Connection, column: Column[Any], values: Collection[str]) -> dict[int, KnownPost]:
    found: dict[int, KnownPost] = {}
    for some in batches(sorted(values)):
        rows = connection.execute(select(*_KNOWN_COLUMNS).where(column.in_(some)))
        found |= {known.key: known for known in map(_known, rows)}
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
        query = select(*_POST_COLUMNS).where(posts.c.key.in_(some))
        found |= {row.key: _post(row) for row in connection.execute(query)}
    return found


def translations(connection: Connection, keys: Collection[str]) -> dict[str, list[Post]]:
    """The visible posts with these translation keys, by key, in the order of languages."""
    query = select(*_POST_COLUMNS).where(posts.c.state == "visible")
    found: dict[str, list[Post]] = {}
    for some in batches(sorted(keys)):
        rows = connection.execute(
            query.where(posts.c.translation_key.in_(some)).order_by(posts.c.language, posts.c.key)
        )
        for row in rows:
            post = _post(row)
            found.setdefault(post.translation_key, []).append(post)
    return found


def count_visible(connection: Connection) -> int:
    """How many posts are visible."""
    return connection.execute(select(func.count()).select_from(posts).where(VISIBLE)).scalar() or 0


def anything_due(connection: Connection, now: datetime, settle: timedelta, future: bool) -> bool:
    """Whether time alone makes a post visible, mailable or expired now."""
    queries = (select(posts.c.key).where(one).limit(1) for one in _due(now, settle, future))
    return any(connection.execute(query).first() is not None for query in queries)


def _due(now: datetime, settle: timedelta, future: bool) -> tuple[ColumnElement[bool], ...]:
    """The conditions, each of which has its own index."""
    settled = and_(
        RIPENING,
        posts.c.hold == "",
        posts.c.in_mail,
        posts.c.changed <= now - settle,
    )
    come = and_(WAITING, posts.c.state == "future", true() if future else posts.c.published <= now)
    expired = and_(posts.c.state.in_(["visible", "clash", "future"]), posts.c.expires <= now)
    return settled, come, expired


def mailable_posts(connection: Connection, above: int) -> list[MailablePost]:
    """Visible posts with a sequence number above this one that nobody keeps out of mail, by number."""
    query = (
        select(posts.c.key, posts.c.sequence, posts.c.published, posts.c.categories)
        .where(posts.c.sequence > above, posts.c.state == "visible", posts.c.hold == "", posts.c.in_mail)
        .order_by(posts.c.sequence)
    )
    return [MailablePost(*row) for row in connection.execute(query)]


def ripening_posts(connection: Connection, settled_since: datetime) -> list[MailablePost]:
    """Visible posts that are to get their numbers, unchanged since then; numbered as they would be."""
    query = (
        select(posts.c.key, posts.c.published, posts.c.categories)
        .where(
            posts.c.state == "visible",
            posts.c.sequence.is_(None),
            posts.c.hold == "",
            posts.c.in_mail,
            posts.c.changed <= settled_since,
        )
        .order_by(posts.c.published, posts.c.path)
    )
    rows = connection.execute(query).all()
    return [
        MailablePost(key, number, published, categories)
        for number, (key, published, categories) in enumerate(rows, start=top_sequence(connection) + 1)
    ]


def held_paths(connection: Connection) -> tuple[str, ...]:
    """Paths of the visible posts that are kept out of mail."""
    # Asked for both, SQLite would go through all visible posts.
    rows = connection.execute(select(posts.c.path, posts.c.state).where(HELD))
    return tuple(sorted(row.path for row in rows if row.state == "visible"))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Sequence numbers that posts get as they are written, by the identity of the object."""

    by_object: Mapping[int, int]
    carried: bool = False
    """Whether a post that gets one counts as carried."""

    def of(self, known: KnownPost) -> tuple[int | None, bool]:
        """The sequence number of the post, and whether it was carried."""
        number = self.by_object.get(id(known))
        return (known.sequence, known.carried) if number is None else (number, self.carried)


def insert_posts(connection: Connection, new: Sequence[KnownPost], now: datetime, numbers: Numbers) -> range:
    """Writes posts at first sight, and returns the keys that they got; no post is ever deleted."""
    top = connection.execute(select(func.max(posts.c.key))).scalar() or 0
    keys = range(top + 1, top + 1 + len(new))
    rows = (
        (key, *_row(known, numbers), *_ids_of(known.post.ids), now)
        for key, known in zip(keys, new, strict=True)
    )
    insert_rows(connection, posts, ("key", *_COLUMNS, *_IDS, "first_seen"), rows)
    return keys


_NO_NUMBERS = Numbers({})


def update_posts(
    connection: Connection, changed: Sequence[KnownPost], numbers: Numbers = _NO_NUMBERS
) -> None:
    """Writes all of these posts but their ids, which are permanent."""
    if not changed:
        return
    columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _COLUMNS}
    statement = update(posts).where(posts.c.key == bindparam("this")).values(columns)
    for some in batches(changed):
        rows = [
            {f"new_{name}": value for name, value in zip(_COLUMNS, _row(known, numbers), strict=True)}
            | {"this": known.key}
            for known in some
        ]
        connection.execute(statement, rows)


def move_aside(connection: Connection, keys: Sequence[int]) -> None:
    """Frees the paths of these posts, so that renames that exchange names do not collide."""
    statement = update(posts).where(posts.c.key == bindparam("this")).values(path=bindparam("aside"))
    if keys:
        connection.execute(statement, [{"this": key, "aside": f"moving:{key}"} for key in keys])


def mark_carried(connection: Connection, keys: Collection[int]) -> None:
    """Notes that an issue was composed with these posts: their sequence numbers are final."""
    if keys:
        connection.execute(update(posts).where(posts.c.key.in_(list(keys))).values(carried=True))


def set_hold(connection: Connection, keys: Collection[int], hold: str) -> None:
    """Keeps these posts out of mail, or lets them go where ``hold`` is empty."""
    connection.execute(update(posts).where(posts.c.key.in_(list(keys))).values(hold=hold))


def _known(row: Sequence[Any]) -> KnownPost:
    return KnownPost(_post(row), *row[len(_POST_COLUMNS) :])


def _post(row: Sequence[Any]) -> Post:
    return Post(
        path=row[0],
        fingerprint=row[1],
        title=row[2],
        slug=row[3],
        url=row[4],
        published=row[5],
        updated=row[6],
        categories=row[7],
        tags=row[8],
        authors=row[9],
        language=row[10],
        excerpt=row[11],
        image=row[12],
        image_alt=row[13],
        declared_id=row[14],
        in_mail=row[15],
        notes=row[16],
        key=row[17],
        ids=PostIds(row[18], row[19], row[20]),
        in_feeds=row[21],
        expires=row[22],
        translation_key=row[23],
        feed_content=row[24],
        rights=row[25],
        enclosures=row[26],
        episode=row[27],
    )


_IDS = ("rss_id", "atom_id", "json_id")
_OF_POST = (
    "path",
    "fingerprint",
    "declared_id",
    "title",
    "slug",
    "url",
    "published",
    "updated",
    "categories",
    "tags",
    "authors",
    "language",
    "excerpt",
    "image",
    "image_alt",
    "notes",
    "in_mail",
    "in_feeds",
    "expires",
    "translation_key",
    "feed_content",
    "rights",
    "enclosures",
    "episode",
)
"""Attributes of a post that are columns of the same name; but the column of the authors is `author`."""

_COLUMNS = (
    *("author" if name == "authors" else name for name in _OF_POST),
    "state",
    "twin",
    "changed",
    "sequence",
    "carried",
    "hold",
)
_values_of = attrgetter(*_OF_POST)
_ids_of = attrgetter("rss", "atom", "json")


def _row(known: KnownPost, numbers: Numbers) -> tuple[Any, ...]:
    """The values of ``_COLUMNS``."""
    return (*_values_of(known.post), known.state, known.twin, known.changed, *numbers.of(known), known.hold)
