"""The list of feeds for programs."""

from __future__ import annotations

from lxml import etree

from feeds.model.feed import Format
from feeds.syndication.groups import HEADINGS
from feeds.syndication.opml import opml
from tests.syndication.sample import NEWS, SITE, summary


def outlines(document: bytes) -> list[dict[str, str]]:
    """The feeds, whatever folder they are in."""
    return [dict(found.attrib) for found in etree.fromstring(document).iter("outline") if found.get("type")]


def test_it_lists_every_feed() -> None:
    made = opml("瓦版", [summary(), summary("category/news", title=NEWS.title, description="", language="")])
    root = etree.fromstring(made)
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "瓦版")
    assert outlines(made) == [
        {
            "type": "rss",
            "text": "すべての記事",
            "title": "すべての記事",
            "description": "瓦版のすべての記事",
            "xmlUrl": f"{SITE}/feeds/all.rss.xml",
            "htmlUrl": f"{SITE}/",
            "language": "ja",
        },
        {
            "type": "rss",
            "text": "News & Views",
            "title": "News & Views",
            "xmlUrl": f"{SITE}/feeds/category/news.rss.xml",
            "htmlUrl": f"{SITE}/",
        },
    ]


def test_feeds_stand_in_folders_by_what_their_posts_have_in_common() -> None:
    listed = [
        summary("category/news"),
        summary(),
        summary("tag/rss"),
        summary("author/大和"),
        summary("all/ja", kind="all", only="ja"),
    ]
    body = etree.fromstring(opml("瓦版", listed, {**HEADINGS, "tag": "タグ"})).find("body")
    assert body is not None
    assert [(found.get("text"), len(found)) for found in body] == [
        ("すべての記事", 0),
        ("Categories", 1),
        ("タグ", 1),
        ("Authors", 1),
        ("Languages", 1),
    ]


def test_a_feed_without_rss_is_listed_in_the_next_format() -> None:
    feed = summary(addresses={Format.JSON: f"{SITE}/a.json", Format.ATOM: f"{SITE}/a.atom.xml"})
    assert outlines(opml("瓦版", [feed]))[0]["xmlUrl"] == f"{SITE}/a.atom.xml"


def test_control_characters_do_no_harm() -> None:
    assert outlines(opml("a\x00", [summary(title="b\x0bc")]))[0]["text"] == "bc"


def test_the_same_feeds_give_the_same_bytes() -> None:
    assert opml("瓦版", [summary()]) == opml("瓦版", [summary()])
