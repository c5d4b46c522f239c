"""What stands in an Atom feed, as lxml and feedparser read it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import feedparser
from lxml import etree

from feeds.model.feed import Feed
from feeds.syndication.atom import atom
from tests.syndication.sample import GUIDE, NEWS, SITE, entry, feed

NS = {"a": "http://www.w3.org/2005/Atom", "media": "http://search.yahoo.com/mrss/"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def root(made: Feed) -> etree._Element:
    return etree.fromstring(atom(made))


def one(made: Feed, path: str) -> etree._Element:
    found = root(made).find(path, NS)
    assert found is not None
    return found


def test_the_feed_links_to_itself_and_to_the_site() -> None:
    assert [dict(link.attrib) for link in root(feed(entry())).findall("a:link", NS)] == [
        {"rel": "self", "href": f"{SITE}/feeds/category/guide.atom.xml", "type": "application/atom+xml"},
        {"rel": "alternate", "href": f"{SITE}/", "type": "text/html"},
    ]


def test_an_entry_links_to_its_page_with_all_attributes() -> None:
    assert [dict(link.attrib) for link in root(feed(entry())).findall("a:entry/a:link", NS)] == [
        {"rel": "alternate", "href": f"{SITE}/posts/1/", "type": "text/html"}
    ]


def test_ids_are_those_of_the_model() -> None:
    made = root(feed(entry()))
    assert made.findtext("a:id", namespaces=NS) == "tag:example.org,2025:feed/guide"
    assert made.findtext("a:entry/a:id", namespaces=NS) == "tag:example.org,2025:1"


def test_dates_are_utc_in_whole_seconds() -> None:
    tokyo = datetime(2025, 9, 14, 13, 36, 2, 999999, tzinfo=timezone(timedelta(hours=9)))
    made = root(feed(entry(published=tokyo, updated=tokyo), updated=tokyo))
    paths = ("a:updated", "a:entry/a:published", "a:entry/a:updated")
    assert {made.findtext(path, namespaces=NS) for path in paths} == {"2025-09-14T04:36:02+00:00"}


def test_the_body_is_html_and_the_excerpt_is_text() -> None:
    content = one(feed(entry()), "a:entry/a:content")
    assert (content.get("type"), content.text) == ("html", entry().html)
    excerpt = one(feed(entry(excerpt="a < b & c")), "a:entry/a:summary")
    assert (excerpt.get("type"), excerpt.text) == (None, "a < b & c")


def test_an_excerpt_that_looks_like_markup_is_html_that_says_the_same() -> None:
    excerpt = one(feed(entry(excerpt="use </b> & &nbsp;")), "a:entry/a:summary")
    assert (excerpt.get("type"), excerpt.text) == ("html", "use &lt;/b&gt; &amp; &amp;nbsp;")


def test_an_entry_without_any_text_has_its_title_as_summary() -> None:
    assert one(feed(entry(html="", excerpt="")), "a:entry/a:summary").text == "記事 1"


def test_an_excerpt_feed_has_no_content() -> None:
    assert root(feed(entry(html=""))).find("a:entry/a:content", NS) is None


def test_categories_have_slug_and_label() -> None:
    made = root(feed(entry(categories=(GUIDE, NEWS), tags=("feeds", "AI技術ガイド"))))
    assert [dict(found.attrib) for found in made.findall("a:entry/a:category", NS)] == [
        {"term": "ai技術ガイド", "label": "AI技術ガイド"},
        {"term": "news", "label": "News & Views"},
        {"term": "feeds", "label": "feeds"},
    ]


def test_a_feed_without_author_is_by_its_site() -> None:
    made = root(feed(entry(authors=()), author=""))
    assert made.findtext("a:author/a:name", namespaces=NS) == "瓦版 — AI技術ガイド"
    assert made.find("a:entry/a:author", NS) is None


def test_every_author_is_an_author() -> None:
    made = root(feed(entry(authors=("大和", "", "花 子"))))
    assert [a.text for a in made.findall("a:entry/a:author/a:name", NS)] == ["大和", "花 子"]


def test_only_entries_in_another_language_name_it() -> None:
    made = root(feed(entry(1), entry(2, language="en_US"), entry(3, language="日本語")))
    assert made.get(LANG) == "ja"
    assert [found.get(LANG) for found in made.findall("a:entry", NS)] == [None, "en-US", None]


def test_an_empty_feed_is_a_feed() -> None:
    read = feedparser.parse(atom(feed()))
    assert not read.bozo
    assert read.feed.title == "瓦版 — AI技術ガイド"
    assert read.entries == []


def test_feedparser_reads_it_back() -> None:
    read = feedparser.parse(atom(feed(entry(1), entry(2))))
    assert not read.bozo
    assert read.version == "atom10"
    found = read.entries[1]
    assert (found.id, found.link, found.title) == ("tag:example.org,2025:2", f"{SITE}/posts/2/", "記事 2")
    assert [link.rel for link in found.links] == ["alternate"]
