"""Files and posts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from feeds.model.post import Post, PostIds, Problem, Rendering, Source, Withheld
from feeds.store.schema import posts, renderings, sources
from feeds.store.state import top_sequence

_INODE_BITS = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class KnownSource:
    """A file as the last scan saw it."""

    source: Source
    fingerprint: str
    verdict: str


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


def stored_inode(source: Source) -> int:
    """The inode as a signed 64-bit column can hold it."""
    return source.inode & _INODE_BITS


# Files ---------------------------------------------------------------------------------------


def known_sources(connection: Connection) -> dict[str, KnownSource]:
    """Every file as the last scan saw it, by path."""
    columns = (
        sources.c.path,
        sources.c.size,
        sources.c.mtime_ns,
        sources.c.inode,
        sources.c.fingerprint,
        sources.c.verdict,
    )
    rows = connection.execute(select(*columns))
    return {r[0]: KnownSource(Source(r[0], r[1], r[2], r[3]), r[4], r[5]) for r in rows}


def put_sources(
    connection: Connection, seen: Iterable[tuple[Source, Post | Withheld | Problem]], known: Collection[str]
) -> None:
    """Writes what a scan made of these files, in place of what an earlier one made of the known paths."""
    rows = [_source_row(source, parsed) for source, parsed in seen]
    drop_sources(connection, [row["path"] for row in rows if row["path"] in known])
    if rows:
        connection.execute(insert(sources), rows)


def drop_sources(connection: Connection, paths: Collection[str]) -> None:
    """Forgets these files."""
    if paths:
        connection.execute(delete(sources).where(sources.c.path == bindparam("p")), [{"p": p} for p in paths])


def withheld(connection: Connection) -> tuple[Withheld, ...]:
    """Files and posts that are not shown, each with its reason."""
    by_file = select(sources.c.path, sources.c.fingerprint, sources.c.reason).where(
        sources.c.verdict == "withheld"
    )
    by_date = select(posts.c.path, posts.c.fingerprint, posts.c.state).where(posts.c.state == "future")
    rows = [*connection.execute(by_file), *connection.execute(by_date)]
    return tuple(Withheld(*row) for row in sorted(rows))


def problems(connection: Connection) -> tuple[Problem, ...]:
    """Files that cannot be posts, and posts whose address another post has."""
    by_file = select(
        sources.c.path, sources.c.fingerprint, sources.c.line, sources.c.reason, sources.c.message
    ).where(sources.c.verdict == "problem")
    clashes = select(posts.c.path, posts.c.fingerprint, posts.c.url, posts.c.twin).where(
        posts.c.state == "clash"
    )
    found = [Problem(*row) for row in connection.execute(by_file)]
    found += [
        Problem(path, fingerprint, 0, "permalink", f"has the same address as {twin}: {url}")
        for path, fingerprint, url, twin in connection.execute(clashes)
    ]
    return tuple(sorted(found, key=lambda problem: problem.path))


def _source_row(source: Source, parsed: Post | Withheld | Problem) -> dict[str, Any]:
    row = {
        "path": parsed.path,
        "size": source.size,
        "mtime_ns": source.mtime_ns,
        "inode": stored_inode(source),
        "fingerprint": parsed.fingerprint,
        "verdict": "post",
        "reason": "",
        "line": 0,
        "message": "",
    }
    if isinstance(parsed, Withheld):
        row |= {"verdict": "withheld", "reason": parsed.reason}
    elif isinstance(parsed, Problem):
        row |= {"verdict": "problem", "reason": parsed.key, "line": parsed.line, "message": parsed.message}
    return row


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
)


def known_posts(connection: Connection) -> list[KnownPost]:
    """Every post ever seen, in the order of first sight."""
    more = (posts.c.state, posts.c.twin, posts.c.changed, posts.c.sequence, posts.c.carried, posts.c.hold)
    rows = connection.execute(select(*_POST_COLUMNS, *more).order_by(posts.c.key))
    return [KnownPost(_post(row), *row[len(_POST_COLUMNS) :]) for row in rows]


def visible_labels(connection: Connection) -> list[tuple[int, tuple[str, ...]]]:
    """The key and the categories of every visible post, newest first."""
    query = select(posts.c.key, posts.c.categories).where(posts.c.state == "visible")
    rows = connection.execute(query.order_by(posts.c.published.desc(), posts.c.path.desc()))
    return [(key, labels) for key, labels in rows]


def posts_by_key(connection: Connection, keys: Iterable[int]) -> dict[int, Post]:
    """The posts with these keys, by key."""
    wanted = list(keys)
    found: dict[int, Post] = {}
    for start in range(0, len(wanted), 500):
        query = select(*_POST_COLUMNS).where(posts.c.key.in_(wanted[start : start + 500]))
        found |= {row.key: _post(row) for row in connection.execute(query)}
    return found


def count_visible(connection: Connection) -> int:
    """How many posts are visible."""
    return connection.execute(select(func.count()).where(posts.c.state == "visible")).scalar() or 0


def anything_due(connection: Connection, now: datetime, settle: timedelta, future: bool) -> bool:
    """Whether time alone makes a post visible or mailable now."""
    settled = and_(
        posts.c.state == "visible",
        posts.c.sequence.is_(None),
        posts.c.hold == "",
        posts.c.in_mail,
        posts.c.changed <= now - settle,
    )
    come = posts.c.state == "future" if future else and_(posts.c.state == "future", posts.c.published <= now)
    return connection.execute(select(posts.c.key).where(or_(settled, come)).limit(1)).first() is not None


def mailable_posts(connection: Connection, above: int) -> list[MailablePost]:
    """Visible posts with a sequence number above this one that nobody holds, by number."""
    query = (
        select(posts.c.key, posts.c.sequence, posts.c.published, posts.c.categories)
        .where(posts.c.sequence > above, posts.c.state == "visible", posts.c.hold == "")
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
    query = select(posts.c.path).where(posts.c.hold != "", posts.c.state == "visible").order_by(posts.c.path)
    return tuple(connection.execute(query).scalars())


def insert_posts(connection: Connection, new: Sequence[KnownPost], now: datetime) -> None:
    """Writes posts at first sight."""
    if new:
        connection.execute(insert(posts), [_post_row(known) | {"first_seen": now} for known in new])


def update_posts(connection: Connection, changed: Sequence[KnownPost]) -> None:
    """Writes all of these posts but their ids, which are permanent."""
    if not changed:
        return
    rows = [_post_row(known) for known in changed]
    for row, known in zip(rows, changed, strict=True):
        for name in ("rss_id", "atom_id", "json_id"):
            del row[name]
        row["this"] = known.key
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "this"}
    connection.execute(update(posts).where(posts.c.key == bindparam("this")).values(columns), rows)


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
        author=row[9],
        language=row[10],
        excerpt=row[11],
        image=row[12],
        image_alt=row[13],
        declared_id=row[14],
        in_mail=row[15],
        notes=row[16],
        key=row[17],
        ids=PostIds(row[18], row[19], row[20]),
    )


def _post_row(known: KnownPost) -> dict[str, Any]:
    post = known.post
    return {
        "path": post.path,
        "fingerprint": post.fingerprint,
        "declared_id": post.declared_id,
        "rss_id": post.ids.rss,
        "atom_id": post.ids.atom,
        "json_id": post.ids.json,
        "title": post.title,
        "slug": post.slug,
        "url": post.url,
        "published": post.published,
        "updated": post.updated,
        "categories": post.categories,
        "tags": post.tags,
        "author": post.author,
        "language": post.language,
        "excerpt": post.excerpt,
        "image": post.image,
        "image_alt": post.image_alt,
        "notes": post.notes,
        "in_mail": post.in_mail,
        "state": known.state,
        "twin": known.twin,
        "changed": known.changed,
        "sequence": known.sequence,
        "carried": known.carried,
        "hold": known.hold,
    }


# Renderings ----------------------------------------------------------------------------------


def cached_renderings(connection: Connection, names: Collection[str]) -> dict[str, Rendering]:
    """Those of these renderings that were made before."""
    found: dict[str, Rendering] = {}
    wanted = list(names)
    for start in range(0, len(wanted), 500):
        query = select(renderings).where(renderings.c.name.in_(wanted[start : start + 500]))
        for row in connection.execute(query):
            found[row.name] = Rendering(row.html, row.excerpt, row.minutes, row.image, row.image_alt)
    return found


def cache_renderings(connection: Connection, made: Mapping[str, tuple[str, Rendering]], recipe: str) -> None:
    """Stores renderings by name, each with the fingerprint of its content."""
    rows = [
        {
            "name": name,
            "fingerprint": fingerprint,
            "recipe": recipe,
            "html": rendering.html,
            "excerpt": rendering.excerpt,
            "minutes": rendering.minutes,
            "image": rendering.image,
            "image_alt": rendering.image_alt,
        }
        for name, (fingerprint, rendering) in made.items()
    ]
    if rows:
        connection.execute(delete(renderings).where(renderings.c.name.in_(list(made))))
        connection.execute(insert(renderings), rows)


def forget_renderings(connection: Connection, recipe: str) -> None:
    """Drops renderings of other recipes and of contents that no post has any more."""
    current = select(posts.c.fingerprint)
    connection.execute(
        delete(renderings).where((renderings.c.recipe != recipe) | renderings.c.fingerprint.not_in(current))
    )
