"""The page of all feeds, as a browser's parser reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import html5lib
import pytest
from lxml import etree

from feeds.model.feed import FeedSummary
from feeds.syndication.index import index_page, stylesheet
from feeds.templating import environment
from tests.syndication.sample import NEWS, SITE, summary


def page(language: str, feeds: Sequence[FeedSummary]) -> str:
    made = index_page(
        environment(),
        feeds,
        title="瓦版",
        language=language,
        home=f"{SITE}/",
        opml=f"{SITE}/feeds/index.opml",
    )
    return made.decode()


def tree(text: str) -> etree._Element:
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=False)
    return parser.parse(text).getroot()


def words(element: etree._Element) -> str:
    return " ".join("".join(element.itertext()).split())


FEEDS = [
    summary(),
    summary("category/news", title="News & <b>Views</b>", description=NEWS.title, posts=1, language="en"),
]


@pytest.mark.parametrize(
    ("language", "count", "one"), [("ja", "20本の記事", "1本の記事"), ("en", "20 posts", "1 post")]
)
def test_every_feed_stands_with_its_posts_and_addresses(language: str, count: str, one: str) -> None:
    root = tree(page(language, FEEDS))
    assert root.get("lang") == language
    first, second = root.findall(".//ul/li")
    assert words(first.find(".//h3")) == "すべての記事"
    assert [link.get("href") for link in first.findall(".//p/a")] == [
        f"{SITE}/feeds/all{suffix}" for suffix in (".rss.xml", ".atom.xml", ".json")
    ]
    assert count in words(first)
    assert one in words(second)
    assert words(second.find(".//h3")) == "News & <b>Views</b>"


def test_words_in_another_language_say_so() -> None:
    first, second = tree(page("ja", FEEDS)).findall(".//ul/li")
    assert (first.get("lang"), second.get("lang")) == (None, "en")
    assert [found.get("lang") for found in second.findall("p[@class='formats']")] == ["ja"]


def test_readers_find_every_feed_from_the_page() -> None:
    links = tree(page("en", FEEDS)).findall("head/link[@rel='alternate']")
    assert {link.get("type") for link in links} == {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
    }
    assert len(links) == 6


GROUPS = [
    *FEEDS,
    summary("tag/rss", title="#RSS"),
    summary("author/大和", title="大和"),
    summary("all/en", title="瓦版 (English)", kind="all", only="en", language="en"),
    summary("category/news/ja", title="ニュース", kind="category", only="ja"),
    summary("category/news/en", title="News", kind="category", only="en", language="en"),
]


@pytest.mark.parametrize(
    ("language", "headings"),
    [("ja", ["カテゴリー", "タグ", "著者", "言語"]), ("en", ["Categories", "Tags", "Authors", "Languages"])],
)
def test_feeds_stand_in_groups_that_a_reader_can_go_to(language: str, headings: list[str]) -> None:
    root = tree(page(language, GROUPS))
    sections = [found for found in root.findall(".//main/section") if found.get("id")]
    assert [words(section.find("h2")) for section in sections] == headings
    assert [link.get("href") for link in root.findall(".//nav/a")] == [f"#{s.get('id')}" for s in sections]
    assert [words(title) for title in sections[-1].findall(".//h3")] == ["瓦版 (English)", "News", "ニュース"]


def test_the_lines_to_paste_are_those_of_every_page() -> None:
    text = tree(page("ja", GROUPS)).findtext(".//details/textarea")
    assert text is not None
    lines = text.strip().splitlines()
    assert lines[0].startswith('<link rel="alternate" type="application/rss+xml" title="すべての記事 (RSS)"')
    assert [line.partition("hreflang=")[2][:4] for line in lines] == ["", "", "", '"en"', '"en"', '"en"']


def test_the_list_for_programs_is_linked() -> None:
    assert f'href="{SITE}/feeds/index.opml"' in page("ja", FEEDS)


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs() -> None:
    text = page("ja", FEEDS)
    assert "<script" not in text
    assert not re.search(r'src=|url\(|@import|rel="stylesheet"', text)


def test_a_publication_without_feeds_has_a_page() -> None:
    assert "最初の記事" in words(tree(page("ja", [])))


def test_the_same_feeds_give_the_same_bytes() -> None:
    assert page("en", FEEDS) == page("en", FEEDS)


@pytest.mark.parametrize(("language", "said"), [("ja", "これはフィードです"), ("en", "This is a feed")])
def test_the_stylesheet_says_what_a_feed_is(language: str, said: str) -> None:
    text = stylesheet(environment(), language).decode()
    assert f'content: "{said}' in text
    assert "{{" not in text


def test_the_words_of_the_owner_cannot_end_the_string_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "texts" / "en").mkdir(parents=True)
    (tmp_path / "texts" / "en" / "feeds.toml").write_text("stylesheet = 'a \"b\" \\'", "utf-8")
    assert r'content: "a \"b\" \\";' in stylesheet(environment([tmp_path]), "en").decode()
