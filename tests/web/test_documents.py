"""Feeds by HTTP: right bytes, right types, right validators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.web.documents import is_plain
from feeds.web.validators import matches, modified_since
from tests.web.conftest import Client
from tests.web.standin import StandIn

BODY = "<rss>瓦版</rss>".encode()
PATH = "/feeds/all.rss.xml"
LATIN = st.text(st.characters(codec="latin-1"), max_size=60)


@pytest.fixture
def feed(service: StandIn) -> Path:
    return service.publish(PATH, BODY, "application/rss+xml")


def test_a_feed_is_the_bytes_on_disk(client: Client, feed: Path) -> None:
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.content == BODY
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["last-modified"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "media_type",
    ["application/atom+xml", "application/feed+json", "text/x-opml", "text/html"],
)
def test_every_document_has_its_type_and_utf_8(client: Client, service: StandIn, media_type: str) -> None:
    service.publish("/feeds/document", BODY, media_type)
    assert client.get("/feeds/document").headers["content-type"] == f"{media_type}; charset=utf-8"


def test_the_index_may_carry_its_own_style(client: Client, service: StandIn) -> None:
    service.publish("/feeds/index.html", b"<style></style>", "text/html")
    policy = client.get("/feeds/index.html").headers["content-security-policy"]
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy


def test_head_tells_the_length_and_sends_nothing(client: Client, feed: Path) -> None:
    answer = client.head(PATH)
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(BODY))
    assert answer.headers["etag"] == client.get(PATH).headers["etag"]


def test_a_reader_that_sends_the_validators_back_gets_304(client: Client, feed: Path) -> None:
    first = client.get(PATH)
    tag, modified = first.headers["etag"], first.headers["last-modified"]
    for asked in (
        {"If-None-Match": tag},
        {"If-None-Match": f"W/{tag}"},
        {"If-None-Match": f'"other", {tag}'},
        {"If-None-Match": tag[:-1] + '-gzip"'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-None-Match": tag, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = client.get(PATH, headers=asked)
        assert answer.status_code == 304, asked
        assert answer.content == b""
        assert (answer.headers["etag"], answer.headers["last-modified"]) == (tag, modified)
        assert "content-type" not in answer.headers


def test_if_none_match_wins_over_the_date(client: Client, feed: Path) -> None:
    """RFC 9110 §13.2.2: with If-None-Match, If-Modified-Since is not looked at."""
    modified = client.get(PATH).headers["last-modified"]
    asked = {"If-None-Match": '"older"', "If-Modified-Since": modified}
    assert client.get(PATH, headers=asked).status_code == 200


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2026 23:59:59 GMT", "99999"])
def test_an_older_or_unreadable_date_gets_the_feed(client: Client, feed: Path, date: str) -> None:
    assert client.get(PATH, headers={"If-Modified-Since": date}).status_code == 200


def test_a_changed_feed_has_a_new_tag(
    client: Client, service: StandIn, clock: SimpleNamespace, feed: Path
) -> None:
    tag = client.get(PATH).headers["etag"]
    service.publish(PATH, BODY + b"!", "application/rss+xml")
    clock.now += 0.5
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/feeds/category/ai技術ガイド.rss.xml", "/feeds/tech.xml", "/blog/ガイド/rss"]
)
def test_japanese_and_old_paths_work(client: Client, service: StandIn, path: str) -> None:
    service.publish(path, BODY, "application/rss+xml")
    assert client.get(quote(path)).content == BODY


def test_a_decomposed_path_is_the_same_path(client: Client, service: StandIn) -> None:
    service.publish("/feeds/category/ガイド.json", BODY, "application/feed+json")
    assert client.get(quote("/feeds/category/ガイド.json")).content == BODY


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/no-such.xml",
        "/feeds/../kawaraban.toml",
        "/feeds/%2e%2e/kawaraban.toml",
        "/feeds/..%2f..%2fetc/passwd",
        "/feeds//all.rss.xml",
        "//etc/passwd",
        "/feeds/all.rss.xml%00.png",
        "/feeds/%5c..%5cetc",
        "/feeds/all.rss.xml/",
    ],
)
def test_every_other_path_is_not_found(client: Client, feed: Path, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_document_that_vanished_is_not_found(client: Client, service: StandIn, feed: Path) -> None:
    document = service.document(PATH)
    service.document = lambda url_path: document  # type: ignore[method-assign]
    feed.unlink()
    assert client.get(PATH).status_code == 404


def test_a_feed_cannot_be_posted_to(client: Client, feed: Path) -> None:
    answer = client.post(PATH)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@given(LATIN, LATIN)
def test_no_header_breaks_the_comparison(tags: str, date: str) -> None:
    assert not matches(tags, '"tag"') or "tag" in tags or "*" in tags
    assert modified_since(date, 0, 0.0)  # what is no date keeps nobody from the document


@given(st.integers(-100_000_000, 1_000_000_000))
def test_the_date_decides_by_whole_seconds(offset: int) -> None:
    asked = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
    date = format_datetime(asked + timedelta(seconds=offset), usegmt=True)
    modified, now = int(asked.timestamp()), asked.timestamp() + 500_000_000
    assert modified_since(date, modified, now) is not (0 <= offset <= 500_000_000)


@given(st.lists(st.sampled_from(["..", ".", "", "feeds", "x", "\\", "a\x00"]), max_size=6))
def test_a_plain_path_stays_where_it_is(parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    if is_plain(path):
        assert str(Path(path)).rstrip("/") == path.rstrip("/")
