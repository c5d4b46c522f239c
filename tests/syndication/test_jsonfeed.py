"""What stands in a JSON Feed."""

from __future__ import annotations

import json
from typing import Any

from feeds.model.feed import Feed
from feeds.syndication.jsonfeed import json_feed
from tests.syndication.sample import NEWS, SITE, entry, feed


def read(made: Feed) -> Any:
    return json.loads(json_feed(made))


def test_members_stand_in_the_order_of_the_specification() -> None:
    made = read(feed(entry()))
    assert list(made) == [
        "version",
        "title",
        "home_page_url",
        "feed_url",
        "description",
        "authors",
        "language",
        "items",
    ]
    assert made["version"] == "https://jsonfeed.org/version/1.1"
    assert made["feed_url"] == f"{SITE}/feeds/category/guide.json"


def test_an_item_holds_the_whole_post() -> None:
    assert read(feed(entry(categories=(NEWS,), language="en")))["items"] == [
        {
            "id": f"{SITE}/posts/1/",
            "url": f"{SITE}/posts/1/",
            "title": "記事 1",
            "content_html": entry().html,
            "summary": "要約 1。",
            "image": f"{SITE}/images/1.png",
            "date_published": "2025-09-14T03:36:02+00:00",
            "date_modified": "2025-09-14T04:36:02+00:00",
            "authors": [{"name": "大和"}],
            "tags": ["News & Views", "feeds"],
            "language": "en",
        }
    ]


def test_an_item_of_an_excerpt_feed_has_the_excerpt_as_text() -> None:
    (item,) = read(feed(entry(html="")))["items"]
    assert item["content_text"] == "要約 1。"
    assert "content_html" not in item


def test_an_item_without_any_text_still_has_content() -> None:
    (item,) = read(feed(entry(html="", excerpt="")))["items"]
    assert item["content_text"] == ""


def test_every_author_is_an_author() -> None:
    made = json.loads(json_feed(feed(entry(authors=("大和", "", "花 子")))))
    assert made["items"][0]["authors"] == [{"name": "大和"}, {"name": "花 子"}]


def test_japanese_is_written_as_it_is() -> None:
    assert "記事 1" in json_feed(feed(entry())).decode()
