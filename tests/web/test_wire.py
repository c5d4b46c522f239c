"""What feed readers need of a server (Rachel Kroll's rules, RFC 9110, RFC 9112), said over a real socket."""

from __future__ import annotations

import contextlib
import email.utils
import gzip
import os
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from feeds.config import load
from feeds.model.feed import Document
from feeds.syndication.output import publish
from feeds.web import shelf
from feeds.web.protocol import LARGEST_HEAD
from tests.web.conftest import CONFIGURATION
from tests.web.standin import StandIn
from tests.web.wire import Said, Wire, request, serving

FEED = "/feeds/all.rss.xml"
JAPANESE = "/feeds/category/ガイド.atom.xml"
INDEX = "/feeds/index.html"
BODY = "<rss>瓦版、道具と庭と本のことを毎週すこしずつ</rss>\n".encode() * 100
GZIPPED = "Accept-Encoding: gzip"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> StandIn:
    folder = tmp_path_factory.mktemp("site")
    file = folder / "kawaraban.toml"
    file.write_text(CONFIGURATION + '[redirects]\n"/old.xml" = "/feeds/all.rss.xml"\n', "utf-8")
    service = StandIn(load(file), folder)
    service.publish(FEED, BODY, "application/rss+xml")
    service.publish(JAPANESE, BODY, "application/atom+xml")
    service.publish(INDEX, b"<style></style>" * 100, "text/html")
    service.publish("/feeds/small.json", b"{}", "application/feed+json")
    return service


@pytest.fixture(scope="module")
def port(site: StandIn) -> Iterator[int]:
    with serving(site) as port:
        yield port


@pytest.fixture
def wire(port: int) -> Iterator[Wire]:
    """A connection on which the feed was asked for before, so that it stands on the shelf."""
    with Wire(port) as first:
        first.ask(FEED, GZIPPED)
    with Wire(port) as wire:
        yield wire


def moment(date: str) -> float:
    return email.utils.parsedate_to_datetime(date).timestamp()


# Rachel Kroll's rules ---------------------------------------------------------------------------


def test_a_feed_comes_with_both_validators_and_says_how_long_it_is_fresh(wire: Wire) -> None:
    said = wire.ask(FEED)
    assert (said.version, said.status, said.body) == ("HTTP/1.1", 200, BODY)
    assert said["etag"].startswith('"')
    assert said["last-modified"] == "Mon, 23 Nov 2026 00:00:00 GMT"
    assert said["cache-control"] == "public, max-age=300"
    assert said["vary"] == "Accept-Encoding"
    assert said["content-type"] == "application/rss+xml; charset=utf-8"
    assert said["accept-ranges"] == "none"
    assert abs(moment(said["date"]) - time.time()) < 5
    assert moment(said["last-modified"]) <= moment(said["date"])


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_whoever_sends_either_validator_back_hears_304_and_the_same_validators(
    wire: Wire, coding: str
) -> None:
    first = wire.ask(FEED, f"Accept-Encoding: {coding}")
    tag, date = first["etag"], first["last-modified"]
    for fields in (
        [f"If-None-Match: {tag}"],
        [f"If-Modified-Since: {date}"],
        [f"If-None-Match: {tag}", f"If-Modified-Since: {date}"],
        [f"If-None-Match: {tag}", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"],
    ):
        said = wire.ask(FEED, *fields, f"Accept-Encoding: {coding}")
        assert (said.status, said.body) == (304, b""), fields
        assert (said["etag"], said["last-modified"]) == (tag, date)
        assert said["cache-control"] == "public, max-age=300"
        assert said["vary"] == "Accept-Encoding"
        assert "date" in said
        assert "content-type" not in said
        assert "content-length" not in said


def test_a_tag_that_is_old_gets_the_feed_whatever_the_date(wire: Wire) -> None:
    """RFC 9110 §13.2.2: If-None-Match wins."""
    date = wire.ask(FEED)["last-modified"]
    assert wire.ask(FEED, 'If-None-Match: "older"', f"If-Modified-Since: {date}").status == 200


def test_tags_of_all_codings_and_of_proxies_stand_for_one_another(wire: Wire) -> None:
    plain, packed = wire.ask(FEED)["etag"], wire.ask(FEED, GZIPPED)["etag"]
    assert plain != packed, "bytes that differ have tags that differ (RFC 9110 §8.8.3.3)"
    opaque = plain.strip('"')
    for tag in (
        plain,
        packed,
        f"W/{plain}",
        f"W/{packed}",
        f'"{opaque}-br"',
        f'"{opaque};gzip"',
        opaque,
        "*",
    ):
        for coding in ("gzip", "identity", "br"):
            said = wire.ask(FEED, f"If-None-Match: {tag}", f"Accept-Encoding: {coding}")
            assert said.status == 304, (tag, coding)
    assert wire.ask(FEED, f'If-None-Match: "a", W/"b-gzip", {plain}').status == 304
    assert wire.ask(FEED, 'If-None-Match: "a"', f"If-None-Match: {plain}").status == 304
    assert wire.ask(FEED, 'If-None-Match: "a", "b"').status == 200


def test_a_304_names_the_tag_that_the_reader_has(wire: Wire) -> None:
    """RFC 9111 §4.3.4: a cache can only use a 304 whose strong tag is that of what it has."""
    plain, packed = wire.ask(FEED)["etag"], wire.ask(FEED, GZIPPED)["etag"]
    assert wire.ask(FEED, f"If-None-Match: {plain}", GZIPPED)["etag"] == plain
    assert wire.ask(FEED, f"If-None-Match: {packed}")["etag"] == packed


def test_gzip_is_the_same_text(wire: Wire) -> None:
    said = wire.ask(FEED, GZIPPED)
    assert said["content-encoding"] == "gzip"
    assert said["content-length"] == str(len(said.body))
    assert gzip.decompress(said.body) == BODY
    assert said["last-modified"] == wire.ask(FEED)["last-modified"]


def test_brotli_where_it_is_installed(wire: Wire) -> None:
    brotli = pytest.importorskip("brotli")
    said = wire.ask(FEED, "Accept-Encoding: gzip, deflate, br")
    assert said["content-encoding"] == "br"
    assert brotli.decompress(said.body) == BODY


def test_what_is_small_is_not_compressed(wire: Wire) -> None:
    said = wire.ask("/feeds/small.json", GZIPPED)
    assert said.body == b"{}"
    assert "content-encoding" not in said
    assert said["vary"] == "Accept-Encoding"


def test_a_change_is_seen_within_a_second_with_both_validators_new(tmp_path: Path) -> None:
    public = tmp_path / "public"
    file = tmp_path / "kawaraban.toml"
    file.write_text(CONFIGURATION, "utf-8")
    service = StandIn(load(file), tmp_path)
    document = Document("all.rss.xml", "application/rss+xml", BODY)
    known, _ = publish(public, document, None, replace=False)
    service.stand(FEED, public / "all.rss.xml", "application/rss+xml")
    with serving(service) as port, Wire(port) as wire:
        before = wire.ask(FEED, GZIPPED)
        for number in range(3):
            body = BODY + str(number).encode()
            known, _ = publish(public, replace(document, body=body), known, replace=False)
            deadline = time.monotonic() + 1
            while (now := wire.ask(FEED, GZIPPED))["etag"] == before["etag"]:
                assert time.monotonic() < deadline
                assert gzip.decompress(now.body) == gzip.decompress(before.body)
            assert gzip.decompress(now.body) == body
            if "last-modified" in now and "last-modified" in before:
                assert moment(now["last-modified"]) > moment(before["last-modified"])
                assert moment(now["last-modified"]) <= moment(now["date"])
            before = now


# HTTP itself ------------------------------------------------------------------------------------


def test_head_says_what_get_says(wire: Wire) -> None:
    for fields in ([], [GZIPPED], [GZIPPED, "If-None-Match: *"]):
        got, headed = wire.ask(FEED, *fields), wire.ask(FEED, *fields, method="HEAD")
        assert headed.body == b""
        assert _undated(headed) == _undated(got)


def test_a_document_says_the_same_on_the_first_request_and_on_later_ones(site: StandIn, port: int) -> None:
    site.publish("/feeds/fresh.rss.xml", BODY, "application/rss+xml")
    with Wire(port) as wire:
        first, second = (wire.ask("/feeds/fresh.rss.xml", GZIPPED) for _ in range(2))
    assert sorted(_undated(first)) == sorted(_undated(second))
    assert first.body == second.body


def test_one_connection_serves_many_requests(wire: Wire) -> None:
    paths = [FEED, "/health", quote(JAPANESE), "/no-such", FEED, "/feeds/small.json", FEED]
    assert [wire.ask(path).status for path in paths] == [200, 200, 200, 404, 200, 200, 200]


def test_pipelined_requests_are_answered_in_their_order(wire: Wire) -> None:
    paths = [FEED, "/feeds/small.json", "/health", FEED, "/no-such", FEED, "/feeds/small.json"]
    wire.send(b"".join(request(path) for path in paths))
    answers = [wire.hear() for _ in paths]
    assert [said.status for said in answers] == [200, 200, 200, 200, 404, 200, 200]
    assert [said.body for said in answers if said.status == 200] == [
        BODY,
        b"{}",
        b'{"status":"ok"}',
        BODY,
        BODY,
        b"{}",
    ]


def test_a_request_may_come_byte_by_byte(wire: Wire) -> None:
    for byte in request(FEED, "If-None-Match: *"):
        wire.send(bytes([byte]))
    assert wire.hear().status == 304


def test_a_reader_that_asks_for_much_and_reads_nothing_costs_little(port: int) -> None:
    with Wire(port) as wire:
        wire.ask(FEED)
        wire.send(request(FEED) * 2000)
        answers = [wire.hear() for _ in range(2000)]
    assert {said.body for said in answers} == {BODY}


@pytest.mark.parametrize("path", [FEED, "/health"])
def test_http_1_0_is_answered_and_the_connection_closed(wire: Wire, path: str) -> None:
    said = wire.ask(path, version="1.0")
    assert said.status == 200
    assert said["connection"] == "close"
    assert "transfer-encoding" not in said
    assert wire.ends()


def test_connection_close_is_obeyed(wire: Wire) -> None:
    wire.send(request(FEED, "Connection: close") + request(FEED))
    assert wire.hear()["connection"] == "close"
    assert wire.ends()


@pytest.mark.parametrize(
    "target", [f"http://magazine.example{FEED}", f"http://MAIL.magazine.example:80{FEED}"]
)
def test_an_absolute_target_is_the_same_document(wire: Wire, target: str) -> None:
    assert wire.ask(target).body == BODY


def test_the_host_of_an_absolute_target_counts_and_not_the_field(wire: Wire) -> None:
    assert wire.ask(f"http://evil.example{FEED}").status == 400
    wire.send(request(f"http://magazine.example{FEED}", host="evil.example"))
    assert wire.hear().status == 200


@pytest.mark.parametrize(
    "hosts",
    [["evil.example"], [""], [], ["magazine.example", "magazine.example"], ["magazine.example", "evil"]],
)
def test_another_host_or_none_or_two_are_refused(wire: Wire, hosts: list[str]) -> None:
    wire.send(request(FEED, *(f"Host: {host}" for host in hosts), host=""))
    assert wire.hear().status == 400


def test_japanese_paths_are_found_composed_and_decomposed(wire: Wire) -> None:
    decomposed = unicodedata.normalize("NFD", JAPANESE)
    assert decomposed != JAPANESE
    for path in (quote(JAPANESE), quote(decomposed), quote(JAPANESE).lower()):
        for _ in range(2):
            said = wire.ask(path, GZIPPED)
            assert gzip.decompress(said.body) == BODY, path
            assert said["content-type"] == "application/atom+xml; charset=utf-8"


def test_a_query_is_the_same_document(wire: Wire) -> None:
    assert [wire.ask(f"{FEED}?utm_source=x").body for _ in range(2)] == [BODY, BODY]


@pytest.mark.parametrize("size", [LARGEST_HEAD + 100, 40 * LARGEST_HEAD])
def test_a_head_that_is_too_large_is_refused(port: int, size: int) -> None:
    for path in (FEED, "/health"):
        with Wire(port) as wire:
            try:
                wire.send(f"GET {path} HTTP/1.1\r\nHost: magazine.example\r\nX-Long: ".encode() + b"x" * size)
            except (BrokenPipeError, ConnectionResetError):
                continue  # refused and closed before all of it was sent
            with contextlib.suppress(ConnectionResetError):
                assert wire.hear().status == 431


@pytest.mark.parametrize("said", [b"", b"GET /feeds", request(FEED), request("/health")])
def test_a_connection_that_falls_silent_is_closed(
    port: int, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.web.protocol._IDLE", 0.05)
    with Wire(port) as wire:
        wire.send(said)
        if said.endswith(b"\r\n\r\n"):
            assert wire.hear().status == 200
        assert wire.ends()


def test_a_head_that_never_ends_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.web.protocol._IDLE", 0.05)
    monkeypatch.setattr("feeds.web.protocol._SLOWEST_HEAD", 0.1)
    with Wire(port) as wire, pytest.raises((BrokenPipeError, ConnectionResetError)):
        _trickle(wire)


def _trickle(wire: Wire) -> None:
    wire.send(b"GET /feeds HTTP/1.1\r\nX-Slow: ")
    for _ in range(1000):
        wire.send(b"x")
        time.sleep(0.005)


def test_what_is_no_http_is_refused(wire: Wire) -> None:
    wire.send(b"\x16\x03\x01 hello\r\n\r\n")
    assert wire.hear().status == 400
    assert wire.ends()


def test_a_range_is_answered_with_all_of_it(wire: Wire) -> None:
    said = wire.ask(FEED, "Range: bytes=0-9")
    assert (said.status, said.body) == (200, BODY)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_which_there_are(wire: Wire, method: str) -> None:
    said = wire.ask(FEED, "Content-Length: 0", method=method)
    assert (said.status, said["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert wire.ask(FEED).status == 200


def test_readers_in_browsers_may_ask(wire: Wire) -> None:
    assert wire.ask(FEED)["access-control-allow-origin"] == "*"
    said = wire.ask(FEED, "Origin: https://reader.example", method="OPTIONS")
    assert said.status == 204
    assert said["access-control-allow-origin"] == "*"
    assert "If-None-Match" in said["access-control-allow-headers"]
    assert said["allow"] == "GET, HEAD, OPTIONS"
    assert wire.ask("*", method="OPTIONS").status == 204


def test_pages_are_not_for_other_sites(wire: Wire) -> None:
    assert "access-control-allow-origin" not in wire.ask("/")


def test_a_large_document_comes_from_the_disk(
    site: StandIn, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "LARGEST", 1000)
    body = os.urandom(300_000)
    site.publish("/feeds/large.rss.xml", body, "application/rss+xml")
    with Wire(port) as wire:
        for _ in range(2):
            said = wire.ask("/feeds/large.rss.xml", GZIPPED)
            assert said.body == body
            assert "content-encoding" not in said
        assert wire.ask("/feeds/large.rss.xml", f"If-None-Match: {said['etag']}").status == 304
        assert wire.ask("/feeds/large.rss.xml", method="HEAD")["content-length"] == "300000"


def test_old_addresses_lead_on_without_the_query(wire: Wire) -> None:
    said = wire.ask("/old.xml?page=2", GZIPPED)
    assert (said.status, said["location"]) == (301, "/feeds/all.rss.xml")
    assert wire.ask(said["location"]).body == BODY


def test_a_page_that_did_not_change_keeps_its_own_policy(wire: Wire) -> None:
    said = wire.ask(INDEX)
    assert "'unsafe-inline'" in said["content-security-policy"]
    again = wire.ask(INDEX, f"If-None-Match: {said['etag']}")
    assert again.status == 304
    assert again["content-security-policy"] == said["content-security-policy"]


def test_readers_are_counted_and_kept_when_the_server_ends(tmp_path: Path) -> None:
    file = tmp_path / "kawaraban.toml"
    file.write_text(CONFIGURATION, "utf-8")
    service = StandIn(load(file), tmp_path)
    service.publish(FEED, BODY, "application/rss+xml")
    with serving(service) as port, Wire(port) as wire:
        for _ in range(3):
            wire.ask(FEED, "User-Agent: Feedbin feed-id:7 - 12 subscribers", "If-None-Match: *")
            wire.ask(FEED, "User-Agent: newsboat/2.21", "X-Forwarded-For: 198.51.100.7")
            wire.ask(FEED, "User-Agent: newsboat/2.21", "X-Forwarded-For: 198.51.100.8, 192.0.2.1")
            wire.ask(FEED, "User-Agent: newsboat/2.21", method="HEAD")
    assert sorted((c.feed, c.service, c.feed_id, c.readers) for c in service.kept) == [
        ("all", "", "", 2),
        ("all", "Feedbin", "7", 12),
    ]
    assert "198.51.100" not in repr(service.kept)


def _undated(said: Said) -> list[tuple[str, str]]:
    return [pair for pair in said.fields if pair[0] != "date"]
