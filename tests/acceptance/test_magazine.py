"""The magazine's feeds and mails: the addresses it advertises, the seed post, the bold text."""

from __future__ import annotations

import html as html_module
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import feedparser
import httpx
import pytest
from lxml import html as lxml_html

from feeds.posts.frontmatter import body_of
from feeds.service import Service
from feeds.web.application import application
from tests.acceptance.browser import Browser
from tests.acceptance.magazine import ADVERTISED, SEED, jekylls_ids, magazine
from tests.acceptance.publication import MONDAY, SETTLED, Publication, text_of

STARS_THAT_ARE_MEANT: frozenset[str] = frozenset()
"""Posts of the magazine whose text has ``**`` outside code: none of them has."""


@pytest.fixture(scope="module")
def advertised(
    shared_posts: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Publication, dict[str, bytes]]:
    """The magazine published at the addresses that it advertises, and what each of them holds."""
    paths = "".join(f'[categories."{name}"]\npath = "{path}"\n' for name, path in ADVERTISED.items())
    made = magazine(tmp_path_factory.mktemp("advertised") / "site", shared_posts / "allforces/_posts", paths)
    made.ask("build", now=MONDAY)
    return made, {path: (made.public / path.lstrip("/")).read_bytes() for path in ADVERTISED.values()}


@pytest.mark.parametrize("category", ADVERTISED)
def test_each_advertised_address_holds_its_categorys_posts(
    category: str, advertised: tuple[Publication, dict[str, bytes]], shared_posts: Path
) -> None:
    feed = feedparser.parse(advertised[1][ADVERTISED[category]])
    assert not feed.bozo
    # of two files with one address, the newer one counts; their names begin with dates
    newest = {permalink: name for name, (permalink, _) in sorted(jekylls_ids(shared_posts).items())}
    permalinks = {
        permalink
        for permalink, name in newest.items()
        if f'categories: ["{category}"]' in (shared_posts / "allforces/_posts" / name).read_text("utf-8")
    }
    links = [entry.link for entry in feed.entries]
    assert set(links) <= permalinks
    assert [_day(link) for link in links] == sorted(map(_day, permalinks), reverse=True)[:20] != []
    (self,) = (link.href for link in feed.feed.links if link.rel == "self")
    assert self == f"https://ai-media.co.jp{ADVERTISED[category]}"


def test_the_advertised_addresses_serve_the_same_by_http(
    advertised: tuple[Publication, dict[str, bytes]],
) -> None:
    made, documents = advertised
    with Service.open(made.config, now=MONDAY) as service:
        browser = Browser(application(service), "http://127.0.0.1:8400")
        for path, body in documents.items():
            answer = browser.get(path)
            assert (answer.status_code, answer.content) == (200, body)
            assert answer.headers["content-type"].startswith("application/rss+xml")
            again = browser.get(path, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            since = {"If-Modified-Since": answer.headers["last-modified"]}
            assert browser.get(path, headers=since).status_code == httpx.codes.NOT_MODIFIED


# The seed post ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seeded(shared_posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """The seed post published and mailed to two readers."""
    root = tmp_path_factory.mktemp("seeded") / "site"
    made = magazine(root, root / "posts")
    made.ask("tick", now=MONDAY)
    for language in ("ja", "en"):
        email = f"{language}@example.org"
        words = ("--cadence", "each", "--language", language, "--confirmed")
        assert made.say("subscribers", "add", email, *words, now=MONDAY).status == 0
    shutil.copy(shared_posts / SEED, root / "posts")
    made.ask("tick", now=MONDAY)
    assert made.ask("tick", now=MONDAY + SETTLED)["sent"] == 2
    return made


@pytest.fixture
def seed_body(shared_posts: Path) -> str:
    return body_of((shared_posts / SEED).read_text(encoding="utf-8"))


@pytest.mark.parametrize("suffix", [".rss.xml", ".atom.xml", ".json"])
def test_the_seed_post_is_whole_in_its_categorys_feeds(
    suffix: str, seeded: Publication, seed_body: str
) -> None:
    (html,) = _bodies((seeded.feeds / f"category/投資分析{suffix}").read_bytes())
    tree = lxml_html.fragment_fromstring(html, create_parent="div")
    shown = "".join("".join(map(str, tree.itertext())).split())
    assert shown == "".join(seed_body.replace("**", "").split())
    assert [p.text_content() for p in tree.xpath("//p")].count("---END---") == 2
    assert [each.text_content() for each in tree.xpath("//strong")] == re.findall(r"\*\*(.+?)\*\*", seed_body)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_seed_posts_excerpt_is_in_its_mail(
    language: str, seeded: Publication, shared_posts: Path
) -> None:
    (excerpt,) = re.findall(r'(?m)^excerpt: "(.*)"$', (shared_posts / SEED).read_text(encoding="utf-8"))
    (mail,) = seeded.mails_to(f"{language}@example.org")
    html = lxml_html.document_fromstring(text_of(mail, "html"))
    for text in (text_of(mail, "plain"), html.text_content()):
        assert excerpt in "".join(text.split())


# Bold text ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def complete(shared_posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publication]:
    """Feeds of all posts of the magazine, whole, in one format."""
    root = tmp_path_factory.mktemp("complete")
    settings = '[feeds]\nlimit = 0\nformats = ["json"]\n'
    made = magazine(root / "site", shared_posts / "allforces/_posts", settings)
    made.ask("build", now=MONDAY)
    yield made
    shutil.rmtree(root)


def test_no_feed_has_bold_marks_outside_code(complete: Publication) -> None:
    items = json.loads((complete.feeds / "all.json").read_bytes())["items"]
    assert len(items) == 1506
    starred = [
        item["url"]
        for item in items
        if "**" in item["title"] + item["summary"] or _has_stars_outside_code(item["content_html"])
    ]
    assert set(starred) == STARS_THAT_ARE_MEANT


@pytest.fixture(scope="module")
def digests(shared_posts: Path, tmp_path_factory: pytest.TempPathFactory) -> Publication:
    """The whole magazine mailed at once, to a reader of each category and one of all."""
    root = tmp_path_factory.mktemp("digests") / "site"
    settings = "[newsletter]\nsettle_minutes = 0\nhold_above = 0\nmax_posts = 100\n"
    made = magazine(root, root / "posts", settings + '[feeds]\nformats = ["rss"]\n')
    made.ask("tick", now=MONDAY)
    for number, category in enumerate(ADVERTISED):
        words = (f"reader-{number}@example.org", "--category", category, "--cadence", "each", "--confirmed")
        assert made.say("subscribers", "add", *words, now=MONDAY).status == 0
    shutil.rmtree(root / "posts")
    made.edit(str(root / "posts"), str(shared_posts / "allforces/_posts"))
    assert made.ask("tick", now=MONDAY + SETTLED)["sent"] == len(ADVERTISED)
    return made


def test_no_mail_has_bold_marks(digests: Publication) -> None:
    shown = 0
    for mail in digests.mails():
        html = text_of(mail, "html")
        shown += len(set(re.findall(r"https://ai-media\.co\.jp/\d{4}/[^\"]+", html)))
        assert not _has_stars_outside_code(html)
        assert "**" not in text_of(mail, "plain")
        assert "**" not in str(mail["subject"])
    assert shown > 100


# Looking ------------------------------------------------------------------------------------------


def _day(permalink: str) -> tuple[str, ...]:
    return tuple(permalink.split("/")[3:6])


def _bodies(document: bytes) -> list[str]:
    """The HTML of every entry."""
    if document.startswith(b"{"):
        return [item["content_html"] for item in json.loads(document)["items"]]
    feed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False)
    return [entry.content[0].value for entry in feed.entries]


def _has_stars_outside_code(html: str) -> bool:
    if "**" not in html_module.unescape(html):
        return False
    tree = lxml_html.fromstring(f"<div>{html}</div>")
    texts = tree.xpath("//text()[not(ancestor::code or ancestor::pre or ancestor::kbd or ancestor::style)]")
    return any("**" in text for text in texts)
