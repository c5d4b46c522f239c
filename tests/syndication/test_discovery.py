"""The lines by which browsers and readers find feeds."""

from __future__ import annotations

import html5lib

from feeds.model.feed import Format
from feeds.syndication.discovery import discovery, for_page
from tests.syndication.sample import NEWS, SITE, summary

EVERYTHING = summary()
CATEGORY = summary("category/news", title=NEWS.title)
ENGLISH = summary("all/en", title="Kawaraban", only="en")
LISTED = [EVERYTHING, CATEGORY, ENGLISH]


def attributes(text: str) -> list[dict[str, str]]:
    head = html5lib.parse(f"<!doctype html><head>{text}", "lxml", namespaceHTMLElements=False).getroot()[0]
    return [dict(found.attrib) for found in head]


def test_each_format_of_a_feed_has_a_line() -> None:
    found = attributes(discovery([CATEGORY]))
    assert [link["type"] for link in found] == [form.media_type for form in Format]
    assert found[0] == {
        "rel": "alternate",
        "type": "application/rss+xml",
        "title": "News & Views (RSS)",
        "href": f"{SITE}/feeds/category/news.rss.xml",
    }


def test_no_title_ends_the_attribute_that_it_stands_in() -> None:
    title = "\"><script>alert('1')</script>\n&amp;"
    (link,) = attributes(discovery([summary(title=title, addresses={Format.RSS: f'{SITE}/"><b>'})]))
    assert link["title"] == "\"><script>alert('1')</script> &amp; (RSS)"
    assert link["href"] == f"{SITE}/%22%3E%3Cb%3E"


def test_a_feed_of_one_language_says_so() -> None:
    assert [link.get("hreflang") for link in attributes(discovery([EVERYTHING, ENGLISH]))] == [None] * 3 + [
        "en"
    ] * 3


def test_every_page_names_the_feeds_of_everything() -> None:
    assert for_page(LISTED) == [EVERYTHING, ENGLISH]


def test_the_page_of_a_category_names_its_feed_first() -> None:
    assert for_page(LISTED, "category/news") == [CATEGORY, EVERYTHING]
