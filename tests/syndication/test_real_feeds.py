"""The feeds of real blogs, with the default limit and without any, before judges that nobody here wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import feedparser
import pytest

from feeds.model.category import Category, slugify
from feeds.model.feed import Entry, Feed, Format
from feeds.model.post import Post
from feeds.posts.folder import list_sources
from feeds.posts.render import render as cook
from feeds.posts.scan import body_of, read_posts
from feeds.posts.site import Site
from feeds.syndication.fragments import Fragments
from feeds.syndication.render import render
from tests.posts.conftest import SITES
from tests.syndication.sample import Judges, feed


def entry_of(folder: Path, post: Post, site: Site) -> Entry:
    rendering = cook(post, body_of(folder, post), site)
    return Entry(
        ids=post.ids,
        title=post.title,
        url=post.url,
        published=post.published,
        updated=max(post.published, post.updated or post.published),
        author=post.author,
        language=post.language,
        categories=tuple(Category(slugify(label), label, label) for label in post.categories),
        tags=post.tags,
        excerpt=rendering.excerpt,
        html=rendering.html,
        image=rendering.image,
    )


def entries_of(folder: Path, site: Site) -> list[Entry]:
    """One entry for each address, newest first."""
    parsed = read_posts(folder, list_sources(folder), site)
    posts = {post.url: post for post in parsed if isinstance(post, Post)}
    newest_first = sorted(posts.values(), key=lambda post: (post.published, post.path), reverse=True)
    return [entry_of(folder, post, site) for post in newest_first]


def feeds_of(entries: Sequence[Entry], site: Site) -> Iterator[Feed]:
    """The feed of everything, whole and cut to twenty, and one for each category."""
    chosen = {"all": entries, "newest": entries[:20]}
    for category in sorted({category for entry in entries for category in entry.categories}, key=str):
        chosen[category.label] = [entry for entry in entries if category in entry.categories][:20]
    for title, members in chosen.items():
        yield feed(*members, title=title, home=f"{site.url}/", language=site.language, author=site.author)


@pytest.mark.parametrize("name", SITES)
def test_the_feeds_of_real_posts_are_valid(shared_posts: Path, judges: Judges, name: str) -> None:
    entries = entries_of(shared_posts / name, SITES[name])
    assert entries
    fragments: Fragments = {}
    for made in feeds_of(entries, SITES[name]):
        for form in Format:
            body = render(made, form, path="x", fragments=fragments).body
            assert judges.complaints(body, form) == [], (made.title, form)
            if form is not Format.JSON:
                read = feedparser.parse(body)
                assert not read.bozo, (made.title, form, read.bozo_exception)
                ids = [getattr(entry.ids, form.value) for entry in made.entries]
                assert [found.id for found in read.entries] == ids
                assert len(set(ids)) == len(ids)
