"""The verbs about what is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from feeds.actions.readership import keep_readers
from feeds.model.audience import ReaderCount
from feeds.service import Service
from tests import databases
from tests.cli.conftest import CONFIG, Said

Say = Callable[..., Said]

REDIRECTS = """
[redirects]
"/feed.xml" = "/feeds/all.rss.xml"
"/古い/$1 \\"x\\".xml" = "/feeds/category/道具.atom.xml"
"/blog.xml" = "https://blog.example/feed?format=rss$"
"""


def test_readers_of_each_feed_are_shown(home: Path, say: Say) -> None:
    with Service.open(home / "config" / "kawaraban.toml") as service:
        today: date = service.today
        counts = [
            ReaderCount(today, "all", "Feedly", "", 1200),
            ReaderCount(today, "all", "Feedbin", "1", 3),
            ReaderCount(today - timedelta(days=2), "all", "", "", 40),
            ReaderCount(today, "category:本", "", "", 2),
        ]
        keep_readers(service.database, counts, today)
    assert say("readers").out.splitlines() == [
        "feed\tday\treaders\tsingle\tservices",
        f"all\t{today}\t1,243\t40\tFeedly 1,200, Feedbin 3",
        f"category:本\t{today}\t2\t2\t",
    ]
    assert json.loads(say("readers", "--json").out)[0] == {
        "feed": "all",
        "title": "all",
        "day": str(today),
        "readers": 1243,
        "services": {"Feedly": 1200, "Feedbin": 3},
        "single": 40,
    }


def test_without_a_reader_it_says_who_counts(home: Path, say: Say) -> None:
    said = say("readers")
    assert said.status == 0
    assert "`kawaraban run` counts" in said.err
    assert not (home / ".kawaraban").exists()


@pytest.mark.parametrize(
    ("server", "rules"),
    [
        (
            "nginx",
            [
                'location = "/blog/feed.xml" { return 301 "/blog/feeds/all.rss.xml"; }',
                'location = "/blog/古い/$1\\"x\\".xml" '
                '{ return 301 "/blog/feeds/category/%E9%81%93%E5%85%B7.atom.xml"; }',
                'location = "/blog/blog.xml" { return 301 "https://blog.example/feed?format=rss%24"; }',
            ],
        ),
        (
            "apache",
            [
                'RewriteRule "^/?blog/feed\\.xml$" "/blog/feeds/all.rss.xml" [R=301,L,QSD,NE]',
                'RewriteRule "^/?blog/古い/\\$1\\"x\\"\\.xml$" '
                '"/blog/feeds/category/\\%E9\\%81\\%93\\%E5\\%85\\%B7.atom.xml" [R=301,L,QSD,NE]',
                'RewriteRule "^/?blog/blog\\.xml$" "https://blog.example/feed?format=rss\\%24" [R=301,L,NE]',
            ],
        ),
        (
            "netlify",
            [
                "/blog/feed.xml /blog/feeds/all.rss.xml 301",
                "/blog/%E5%8F%A4%E3%81%84/%241%22x%22.xml "
                "/blog/feeds/category/%E9%81%93%E5%85%B7.atom.xml 301",
                "/blog/blog.xml https://blog.example/feed?format=rss%24 301",
            ],
        ),
    ],
)
def test_old_addresses_become_rules(home: Path, say: Say, server: str, rules: list[str]) -> None:
    text = CONFIG.replace("https://example.org", "https://example.org/blog") + REDIRECTS.replace(" \\", "\\")
    databases.write(home / "config" / "kawaraban.toml", text)
    said = say("redirects", "--format", server)
    assert said.status == 0
    assert said.out.splitlines() == rules


def test_without_redirects_there_is_nothing_to_paste(home: Path, say: Say) -> None:
    said = say("redirects")
    assert (said.status, said.out) == (0, "")
    assert "there are no [redirects]" in said.err
