"""Sites for the tests of stage 1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from feeds.model.post import Parsed, Post, Source
from feeds.posts.folder import list_sources
from feeds.posts.parse import parse
from feeds.posts.scan import read_posts
from feeds.posts.site import Default, IdStyle, Site

TOKYO = ZoneInfo("Asia/Tokyo")
UTC = ZoneInfo("UTC")

MAGAZINE = Site(
    "https://ai-media.co.jp",
    TOKYO,
    "ja",
    author="ALLFORCES編集部",
    dialect="jekyll",
    permalink="/:year/:month/:day/:title/",
    future=True,
    ids=IdStyle.JEKYLL,
)
_VIM_DEFAULTS = (Default("", {"image": "/assets/images/vim2-128.png"}),)
SITES = {
    "allforces/_posts": MAGAZINE,
    "efcl/_posts": Site(
        "https://efcl.info", TOKYO, "ja", dialect="jekyll", permalink="/:year/:month/:day/:title/"
    ),
    "vim-jp/_posts": Site("https://vim-jp.org", TOKYO, "ja", dialect="jekyll", defaults=_VIM_DEFAULTS),
    "takuti": Site("https://takuti.me", TOKYO, "en", dialect="hugo", folder=""),
    "rust": Site("https://blog.rust-lang.org", UTC, "en", dialect="zola", folder=""),
    "jekyll/_posts": Site("https://example.com", UTC, "en", dialect="jekyll"),
}
"""Folders of the real posts, and what their configurations say."""


@pytest.fixture(scope="session")
def magazine() -> Site:
    """The magazine's site, as its ``_config.yml`` has it."""
    return MAGAZINE


@pytest.fixture(scope="session")
def sites() -> dict[str, Site]:
    return SITES


@pytest.fixture(scope="session")
def read(shared_posts: Path) -> Callable[[str], list[Parsed]]:
    """Everything that a folder of the real posts turns out to be; read once a session."""
    known: dict[str, list[Parsed]] = {}

    def read_folder(name: str) -> list[Parsed]:
        if name not in known:
            folder = shared_posts / name
            known[name] = list(read_posts(folder, list_sources(folder), SITES[name]))
        return known[name]

    return read_folder


@pytest.fixture(scope="session")
def parsed() -> Callable[..., Parsed]:
    """Parses a text as a file of the magazine, or of another site."""

    def parse_text(text: str | bytes, name: str = "2025-09-14-case.md", site: Site = MAGAZINE) -> Parsed:
        data = text if isinstance(text, bytes) else text.encode()
        return parse(Source(name, len(data), 0, 0), data, site)

    return parse_text


@pytest.fixture(scope="session")
def post(parsed: Callable[..., Parsed]) -> Callable[..., Post]:
    """Parses a text that has to be a post."""

    def parse_post(*arguments: object, **named: object) -> Post:
        found = parsed(*arguments, **named)
        assert isinstance(found, Post), found
        return found

    return parse_post


@pytest.fixture(scope="session")
def plain_site() -> Site:
    """A folder of Markdown files and no generator."""
    return Site("https://example.jp", TOKYO, "ja", dialect="plain")
