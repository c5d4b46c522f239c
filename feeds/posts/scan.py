"""Reading and rendering many files, on several cores where that pays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from feeds.errors import SourceChanged
from feeds.model.post import Parsed, Post, Problem, Rendering, Source
from feeds.posts.characters import decode, readable
from feeds.posts.file import Unreadable, find_source, read_source
from feeds.posts.fingerprint import fingerprint
from feeds.posts.site import Site
from feeds.posts.trouble import Trouble
from feeds.processes import spread

# What parses and renders is imported by those who do it: where others do, it takes 30 ms of a build.

_WORTH_READING_APART = 300
_WORTH_RENDERING_APART = 60
"""Files below which a second process costs more than it saves."""


def read_posts(
    folder: Path, sources: Sequence[Source], site: Site, processes: int = 1
) -> Iterator[Parsed | None]:
    """What each source turns out to be, in the same order; None for a file that changes all the while.

    Other processes begin at once where that pays.
    """
    work = partial(_read, folder, site, _committed(folder, site) if sources else {})
    return spread(work, sources, processes, worth=_WORTH_READING_APART)


def render_posts(
    folder: Path,
    posts: Sequence[Post],
    site: Site,
    processes: int = 1,
    *,
    addresses: Mapping[str, str] | None = None,
    busy: bool = False,
) -> Iterator[Rendering]:
    """The rendering of each post, in the same order. Raises SourceChanged where a file was changed since.

    ``busy``: the caller does something else before it asks for them.
    ``addresses``: of other posts, by the names that ``Rendering.references`` of an earlier rendering gave.
    """
    work = partial(_render, folder, site, addresses or {})
    return spread(work, posts, processes, worth=_WORTH_RENDERING_APART, busy=busy)


def body_of(folder: Path, post: Post, *, headers: bool = False) -> str:
    """The body of a post, read again. Raises SourceChanged if its file is not the one that was parsed.

    ``headers``: see ``frontmatter.read``.
    """
    return text_and_body(folder, post, headers=headers)[1]


def text_and_body(folder: Path, post: Post, *, headers: bool = False) -> tuple[str, str]:
    """The text of a post's file, and the body at its end. Raises SourceChanged as ``body_of`` does."""
    from feeds.posts import frontmatter

    try:
        data = read_source(folder, find_source(folder, post.path))
        if fingerprint(data) == post.fingerprint:
            text = decode(data)
            return text, frontmatter.body_of(text, headers=headers)
    except (Unreadable, Trouble):
        pass
    raise SourceChanged(f"{post.path} is no longer what the scan saw; the next scan will see it anew")


def _committed(folder: Path, site: Site) -> Mapping[str, datetime]:
    """When files were published by commits, where the dialect has posts without a date."""
    from feeds.posts.dialects.table import dialect_named

    pattern = dialect_named(site.dialect).published_line
    if not pattern:
        return {}
    from feeds.posts.history import first_published

    return first_published(folder, pattern)


def _read(
    folder: Path, site: Site, committed: Mapping[str, datetime], sources: Sequence[Source]
) -> Iterator[Parsed | None]:
    return (_read_one(folder, source, site, committed.get(source.path)) for source in sources)


def _render(
    folder: Path, site: Site, addresses: Mapping[str, str], posts: Sequence[Post]
) -> Iterator[Rendering]:
    from feeds.posts.dialects.table import dialect_named
    from feeds.posts.render import render

    headers = dialect_named(site.dialect).headers
    for post in posts:
        text, body = text_and_body(folder, post, headers=headers)
        yield render(post, body, site, addresses.get, head=text[: len(text) - len(body)])


def _read_one(folder: Path, source: Source, site: Site, committed: datetime | None) -> Parsed | None:
    from feeds.posts.parse import parse

    try:
        try:
            return parse(source, read_source(folder, source), site, committed)
        except SourceChanged:
            source = find_source(folder, source.path)
            return parse(source, read_source(folder, source), site, committed)
    except SourceChanged:
        return None
    except Unreadable as error:
        return Problem(readable(source.path), "", 0, "", str(error))
