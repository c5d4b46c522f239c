"""A first build reads posts before its configuration is checked; what it writes is the same."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from feeds.service import Service, ahead
from feeds.service.ahead import Ahead, read_ahead
from tests import databases

CONFIG = '[site]\ntitle = "瓦版"\nurl = "https://example.org"\n[categories."本"]\n'
POSTS = 400
"""Enough to be read in another process."""

pytestmark = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs a second core")


AT_FIRST = pytest.mark.sqlite("whether there is a database yet is known before it is opened")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "posts").mkdir()
    for number in range(POSTS):
        file = tmp_path / "posts" / f"2026-01-01-post-{number}.md"
        file.write_text(f"---\ntitle: 第{number}号\ncategories: [本]\n---\n本文\n", "utf-8")
    file = tmp_path / "kawaraban.toml"
    databases.write(file, CONFIG)
    return file


def built(config: Path, begun: Ahead | None) -> dict[str, bytes]:
    """The feeds by path, without those that name their moment."""
    with Service.open(config, ahead=begun) as service:
        assert service.build().scan.new == POSTS
    public = config.parent / "public"
    return {str(file.relative_to(public)): file.read_bytes() for file in public.rglob("*.json")}


@AT_FIRST
def test_feeds_are_the_same_whether_posts_were_read_ahead_or_not(config: Path) -> None:
    with read_ahead(config) as begun:
        assert begun is not None
        feeds = built(config, begun)
        assert set(feeds) == {"feeds/all.json", "feeds/category/本.json"}
    os.rename(config.parent / ".kawaraban", config.parent / ".kawaraban-1")
    os.rename(config.parent / "public", config.parent / "public-1")
    assert built(config, None) == feeds


@AT_FIRST
def test_what_was_read_by_another_configuration_is_read_again(config: Path) -> None:
    with read_ahead(config) as begun:
        assert begun is not None
        databases.write(config, CONFIG.replace("example.org", "example.com"))
        feeds = built(config, begun)
    assert feeds["feeds/all.json"].count(b"https://example.com/") >= 20
    assert b"example.org" not in feeds["feeds/all.json"]


def test_nothing_is_read_ahead_where_a_database_is_or_a_folder_is_not(config: Path) -> None:
    text = config.read_text("utf-8")
    config.write_text(f'{text}[posts]\nfolder = "elsewhere"\n', "utf-8")
    with read_ahead(config) as begun:
        assert begun is None
    config.write_text(text, "utf-8")
    built(config, None)
    with read_ahead(config) as begun:
        assert begun is None


@AT_FIRST
def test_an_outline_that_means_nothing_is_left_to_those_who_check_it(config: Path) -> None:
    with read_ahead(config) as begun:
        assert begun is not None
        for wrong in ({"timezone": "Edo/Nihonbashi"}, {"dialect": "none"}, {"ids": "serial"}):
            assert ahead._begun(replace(begun.outline, **wrong), begun._helpers, 2) is None
