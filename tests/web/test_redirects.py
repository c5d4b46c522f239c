"""Old addresses, and those that feed readers guess."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from feeds.config import load
from feeds.web.application import application
from tests.web.conftest import CONFIGURATION, Client
from tests.web.standin import StandIn

BODY = b"<rss/>"
ENCODED = "/feeds/category/%E3%82%AC%E3%82%A4%E3%83%89.rss.xml"
OLD = """
[redirects]
"/old/ガイド.xml" = "/feeds/category/ガイド.rss.xml"
"/blog/" = "/feeds/all.rss.xml"
"/chain.xml" = "/blog/"
"/away.xml" = "https://elsewhere.example/feed?x=1"
"""


@pytest.fixture
def service(tmp_path: Path) -> StandIn:
    file = tmp_path / "kawaraban.toml"
    file.write_text(CONFIGURATION + OLD, "utf-8")
    return StandIn(load(file), tmp_path)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/old/ガイド.xml", ENCODED),
        (
            "/old/%E3%82%AB%E3%82%99%E3%82%A4%E3%83%88%E3%82%99.xml",
            ENCODED,
        ),
        ("/blog/", "/feeds/all.rss.xml"),
        ("/chain.xml", "/feeds/all.rss.xml"),
        ("/chain.xml?page=7", "/feeds/all.rss.xml"),
        ("/away.xml", "https://elsewhere.example/feed?x=1"),
    ],
)
def test_an_old_address_leads_to_the_new_one(client: Client, path: str, location: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 301
    assert answer.headers["location"] == location
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "max-age" in answer.headers["cache-control"]
    assert client.head(path).status_code == 301
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/feed", "/feeds/all.rss.xml"),
        ("/feed/", "/feeds/all.rss.xml"),
        ("/feed.xml", "/feeds/all.rss.xml"),
        ("/rss", "/feeds/all.rss.xml"),
        ("/rss.xml", "/feeds/all.rss.xml"),
        ("/index.xml", "/feeds/all.rss.xml"),
        ("/atom.xml", "/feeds/all.atom.xml"),
        ("/feed.json", "/feeds/all.json"),
    ],
)
def test_readers_that_guess_are_led_to_the_feed_of_all_posts(
    client: Client, service: StandIn, path: str, location: str
) -> None:
    assert client.get(path).status_code == 404, "nothing is published yet"
    service.publish(location, BODY, "application/rss+xml")
    answer = client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, location)


def test_a_document_at_a_guessed_address_goes_before(client: Client, service: StandIn) -> None:
    service.publish("/feeds/all.rss.xml", b"all", "application/rss+xml")
    service.publish("/feed.xml", b"of a category", "application/rss+xml")
    assert client.get("/feed.xml").content == b"of a category"


def test_a_guess_leads_to_a_format_that_there_is(service: StandIn) -> None:
    feeds = replace(service.config.feeds, formats=("json",))
    service.config = replace(service.config, feeds=feeds)
    service.publish("/feeds/all.json", BODY, "application/feed+json")
    assert Client(application(service)).get("/atom.xml").headers["location"] == "/feeds/all.json"


def test_below_a_path_addresses_begin_as_they_were_asked_for(service: StandIn) -> None:
    site = replace(service.config.site, url="https://magazine.example/blog")
    web = replace(service.config.web, base_url="https://mail.magazine.example/mail")
    service.config = replace(service.config, site=site, web=web)
    client = Client(application(service))
    for start in ("", "/blog", "/mail"):
        assert client.get(f"{start}/chain.xml").headers["location"] == f"{start}/feeds/all.rss.xml"


def test_other_paths_are_not_found(client: Client, service: StandIn) -> None:
    service.publish("/feeds/all.rss.xml", BODY, "application/rss+xml")
    for path in ("/old", "/blog", "/feeds.xml", "/feed/x"):
        assert client.get(path).status_code == 404, path


def test_feeds_may_go_out_as_types_that_browsers_show(service: StandIn) -> None:
    web = replace(service.config.web, feed_types="browser")
    service.config = replace(service.config, web=web)
    client = Client(application(service))
    for name, media_type, sent in (
        ("a.rss.xml", "application/rss+xml", "application/xml"),
        ("a.atom.xml", "application/atom+xml", "application/xml"),
        ("a.json", "application/feed+json", "application/feed+json"),
        ("a.css", "text/css", "text/css"),
    ):
        service.publish(f"/feeds/{name}", BODY, media_type)
        assert client.get(f"/feeds/{name}").headers["content-type"] == f"{sent}; charset=utf-8"
