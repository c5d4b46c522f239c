"""The verb feeds, on its real service."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Say = Callable[..., Any]


@pytest.fixture
def built(home: Path, say: Say) -> Path:
    (home / "posts").mkdir()
    (home / "posts" / "a.md").write_text(
        "---\ntitle: A\ndate: 2025-01-01\ncategories: [読書 & 本]\n---\nText.\n"
    )
    assert say("build").status == 0
    return home


def test_without_feeds_it_says_how_to_make_some(home: Path, say: Say) -> None:
    said = say("feeds")
    assert (said.status, said.out) == (1, "")
    assert "kawaraban build" in said.err
    assert not (home / ".kawaraban").exists()
    assert json.loads(say("feeds", "--json").out) == []


def test_every_feed_is_listed_with_each_of_its_addresses(built: Path, say: Say) -> None:
    header, *rows = say("feeds").out.splitlines()
    assert header == "feed\tposts\taddress"
    assert rows[0] == "瓦版\t1 post\thttps://example.org/feeds/all.rss.xml"
    assert len(rows) == 6


def test_json_has_what_the_list_has(built: Path, say: Say) -> None:
    everything, category = json.loads(say("feeds", "--json").out)
    assert (everything["kind"], category["kind"], category["posts"]) == ("all", "category", 1)
    assert everything["addresses"]["json"] == "https://example.org/feeds/all.json"


def test_the_lines_for_every_page_are_printed(built: Path, say: Say) -> None:
    lines = say("feeds", "--discovery").out.splitlines()
    assert lines[0] == (
        '<link rel="alternate" type="application/rss+xml" title="瓦版 (RSS)" '
        'href="https://example.org/feeds/all.rss.xml">'
    )
    assert len(lines) == 3


@pytest.mark.parametrize("name", ["読書 & 本", "読書-本", "category/読書-本"])
def test_the_page_of_a_category_names_its_feed_first(built: Path, say: Say, name: str) -> None:
    lines = say("feeds", "--discovery", name).out.splitlines()
    assert 'title="読書 &amp; 本 (RSS)"' in lines[0]
    assert 'title="瓦版 (RSS)"' in lines[3]
    assert len(lines) == 6


def test_a_feed_that_is_not_there_is_named_with_one_that_is(built: Path, say: Say) -> None:
    said = say("feeds", "--discovery", "読書 と 本")
    assert said.status == 2
    assert "読書 & 本" in said.err
