"""What stands in an RSS feed, as lxml and feedparser read it."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import feedparser
from lxml import etree

from feeds.model.feed import Feed, Format
from feeds.model.post import PostIds
from feeds.syndication.rss import rss
from tests.syndication.sample import NEWS, SITE, entry, feed

ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
ENCODED = "{http://purl.org/rss/1.0/modules/content/}encoded"
DC = "{http://purl.org/dc/elements/1.1/}"


def channel(made: Feed) -> etree._Element:
    return etree.fromstring(rss(made))[0]


def item(made: Feed) -> etree._Element:
    found = channel(made).find("item")
    assert found is not None
    return found


def test_the_channel_links_to_the_site_and_to_itself() -> None:
    made = channel(feed(entry()))
    assert made.findtext("link") == f"{SITE}/"
    links = made.findall(ATOM_LINK)
    assert dict(links[0].attrib) == {
        "rel": "self",
        "href": f"{SITE}/feeds/category/guide.rss.xml",
        "type": "application/rss+xml",
    }


def test_the_channel_says_what_it_is() -> None:
    made = channel(feed(entry()))
    assert [made.findtext(name) for name in ("title", "description", "language", "ttl", "generator")] == [
        "瓦版 — AI技術ガイド",
        "技術の解説",
        "ja",
        "60",
        "Kawaraban",
    ]


def test_the_build_date_is_that_of_the_feed() -> None:
    assert channel(feed(entry())).findtext("lastBuildDate") == "Sun, 14 Sep 2025 04:36:02 +0000"


def test_a_channel_without_description_is_described_by_its_title() -> None:
    assert channel(feed(description="")).findtext("description") == "瓦版 — AI技術ガイド"


def test_items_stand_in_the_order_of_the_feed() -> None:
    titles = [found.findtext("title") for found in channel(feed(*map(entry, range(5)))).findall("item")]
    assert titles == [f"記事 {number}" for number in range(5)]


def test_a_guid_that_is_the_link_is_a_permalink() -> None:
    guid = item(feed(entry())).find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == (f"{SITE}/posts/1/", "true")


def test_any_other_guid_is_none() -> None:
    made = feed(entry(ids=PostIds(f"{SITE}/old-address/", "tag:x,2020:1", "1")))
    guid = item(made).find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"


def test_a_full_item_has_excerpt_and_body() -> None:
    made = item(feed(entry()))
    assert made.findtext("description") == "要約 1。"
    assert made.findtext(ENCODED) == entry().html


def test_an_item_of_an_excerpt_feed_has_no_body() -> None:
    made = item(feed(entry(html="")))
    assert made.findtext("description") == "要約 1。"
    assert made.find(ENCODED) is None


def test_an_excerpt_is_text_to_readers_who_take_a_description_for_html() -> None:
    made = item(feed(entry(excerpt='The <script> tag & "quotes"')))
    assert made.findtext("description") == 'The &lt;script&gt; tag &amp; "quotes"'
    assert unescape(str(made.findtext("description"))) == 'The <script> tag & "quotes"'


def test_author_categories_date_and_image_stand_in_the_item() -> None:
    made = item(feed(entry(categories=(NEWS,), tags=("News & Views", "feeds"))))
    assert made.findtext(f"{DC}creator") == "大和"
    assert [found.text for found in made.findall("category")] == ["News & Views", "feeds"]
    assert made.findtext("pubDate") == "Sun, 14 Sep 2025 03:36:02 +0000"
    thumbnail = made.find("{http://search.yahoo.com/mrss/}thumbnail")
    assert thumbnail is not None
    assert thumbnail.get("url") == f"{SITE}/images/1.png"


def test_every_author_is_a_creator() -> None:
    made = item(feed(entry(authors=("大和", "", "花 子"))))
    assert [found.text for found in made.findall(f"{DC}creator")] == ["大和", "花 子"]
    read = feedparser.parse(rss(feed(entry(authors=("大和", "花 子")))))
    assert [author.name for author in read.entries[0].authors] == ["大和", "花 子"]


def test_an_item_names_its_language_where_it_is_not_the_feeds() -> None:
    assert item(feed(entry(language="en"))).findtext(f"{DC}language") == "en"
    assert item(feed(entry(language="ja"))).find(f"{DC}language") is None


def test_japanese_addresses_are_percent_encoded_and_the_guid_stays() -> None:
    url = f"{SITE}/記事/一覧"
    made = item(feed(entry(url=url, ids=PostIds(url, "tag:x,2020:1", url))))
    assert made.findtext("link") == f"{SITE}/%E8%A8%98%E4%BA%8B/%E4%B8%80%E8%A6%A7"
    guid = made.find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == (url, "false")


def test_feedparser_reads_it_back() -> None:
    read = feedparser.parse(rss(feed(entry(1), entry(2, language="en"))))
    assert not read.bozo
    assert read.version == "rss20"
    first = read.entries[0]
    assert (first.id, first.link, first.title, first.author) == (
        f"{SITE}/posts/1/",
        f"{SITE}/posts/1/",
        "記事 1",
        "大和",
    )
    assert first.media_thumbnail == [{"url": f"{SITE}/images/1.png"}]


def test_a_control_character_in_one_post_harms_no_feed() -> None:
    made = feed(
        entry(
            title="a\x0bb", excerpt="c\x00d", html="<p>e\x1bf\ufffe</p>", authors=("g\x08h",), tags=("i\x01",)
        )
    )
    read = feedparser.parse(rss(made))
    assert not read.bozo
    assert (read.entries[0].title, read.entries[0].author) == ("ab", "gh")


def test_a_post_without_title_has_its_address_as_title() -> None:
    assert item(feed(entry(title=" \x00"))).findtext("title") == f"{SITE}/posts/1/"


def test_a_channel_at_the_address_of_a_category_names_that_address() -> None:
    addresses = feed().addresses | {Format.RSS: f"{SITE}/feeds/tech.xml"}
    link = channel(replace(feed(), addresses=addresses)).find(ATOM_LINK)
    assert link is not None
    assert link.get("href") == f"{SITE}/feeds/tech.xml"


def test_a_title_that_looks_like_markup_is_what_it_is_to_a_parser() -> None:
    made = feed(entry(title="Vec<T> &amp; you", categories=(), tags=("C<T>",)), title="<svg>")
    assert b"<title>Vec&#x3C;T&gt; &#x26;amp; you</title>" in rss(made)
    assert item(made).findtext("title") == "Vec<T> &amp; you"
    assert item(made).findtext("category") == "C<T>"
    assert channel(made).findtext("title") == "<svg>"
