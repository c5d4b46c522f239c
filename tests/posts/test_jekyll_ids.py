"""Ids as jekyll-feed gave them, so that a site that leaves it shows nobody an old post as new."""

from __future__ import annotations

from datetime import datetime

import pytest

from feeds.posts.ids import proposed_ids
from feeds.posts.permalinks import fill
from feeds.posts.site import Site

SITE = "https://ai-media.co.jp"


@pytest.mark.parametrize(
    ("url", "slug", "as_jekyll_feed"),
    [
        ("/2025/01/02/post/", "post", "/2025/01/02/post"),
        (
            "/2008/0127/res35/",
            "重いのを解決？",
            "/2008/0127/%E9%87%8D%E3%81%84%E3%81%AE%E3%82%92%E8%A7%A3%E6%B1%BA%3F",
        ),
        ("/2010/0126/x/", "ｊｅｔ（仮）", "/2010/0126/jet(%E4%BB%AE)"),
        ("/2009/03/12/hash-1.html", "hash-#1", "/2009/03/12/hash-#1"),
        ("/%E6%96%99%E7%90%86/a%20b/", "a b", "/%E6%96%99%E7%90%86/a%20b"),
        ("/baddie.html", "permalink-traversal", "/permalink-traversal"),
    ],
)
def test_atom_ids_are_those_of_jekyll_feed(magazine: Site, url: str, slug: str, as_jekyll_feed: str) -> None:
    made = proposed_ids(
        magazine, url=SITE + url, slug=slug, published=datetime(2025, 1, 2, tzinfo=magazine.zone)
    )
    assert made.atom == SITE + as_jekyll_feed
    assert (made.rss, made.json) == (SITE + url, SITE + url)


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("/%2e%2e/%2E%2e/baddie.html", "/baddie.html"),
        ("/caf%c3%a9/%7euser/%2Fa", "/caf%C3%A9/~user/%2Fa"),
    ],
)
def test_a_permalink_is_written_in_one_way_and_climbs_nowhere(permalink: str, path: str) -> None:
    assert fill(permalink, datetime(2025, 1, 2), lambda _: None) == path
