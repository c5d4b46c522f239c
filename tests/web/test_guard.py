"""What holds for every page: hosts, sizes, headers, plain words when something breaks."""

from __future__ import annotations

import logging
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import Busy, StoreError
from feeds.web.application import application
from feeds.web.guard import LARGEST_BODY, hosts_of
from feeds.web.languages import preferred
from tests.web.conftest import CONFIGURATION, Client
from tests.web.standin import StandIn

PATHS = ["/", "/subscribe", "/feeds/", "/embed", "/no-such", "/static/kawaraban.css", "/health", "/confirm/x"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_what_browsers_may_do(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' https: data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", PATHS[:5])
def test_pages_are_html_without_script_or_inline_style(client: Client, path: str) -> None:
    import html5lib

    for language in ("ja", "en"):
        page = client.get(f"{path}?lang={language}")
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        tree = parser.parse(page.text)
        assert parser.errors == []
        assert tree.get("lang") == language == page.headers["content-language"]
        assert not tree.findall(".//script")
        assert not tree.findall(".//style")
        assert not [element.tag for element in tree.iter() if element.get("style") or element.get("onclick")]


@pytest.mark.parametrize("path", ["/", "/preferences/preferences-1"])
def test_every_field_has_a_label_and_every_id_is_alone(client: Client, service: StandIn, path: str) -> None:
    import html5lib

    from feeds.model.subscriber import SubscriberState

    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    tree = html5lib.parse(client.get(path).text, namespaceHTMLElements=False)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    labelled = {label.get("for") for label in tree.iter("label")}
    inside = {field for label in tree.iter("label") for field in label.iter("input")}
    for field in [*tree.iter("input"), *tree.iter("select")]:
        assert field in inside or field.get("id") in labelled, field.attrib


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("mail.magazine.example", 200),
        ("MAIL.magazine.example.:8443", 200),
        ("127.0.0.1:8400", 200),
        ("[::1]:8400", 200),
        ("localhost", 200),
        ("evil.example", 400),
        ("mail.magazine.example.evil.example", 400),
        ("192.0.2.1", 400),
    ],
)
def test_only_our_own_host_is_answered(client: Client, host: str, status: int) -> None:
    assert client.get("/", headers={"Host": host}).status_code == status


def test_probes_may_come_by_any_name(client: Client) -> None:
    assert client.get("/health", headers={"Host": "10.0.0.7"}).json() == {"status": "ok"}


def test_bound_to_every_interface_any_bare_address_is_ours() -> None:
    accepts = hosts_of("0.0.0.0:8400", "https://mail.example.org")
    assert accepts("192.0.2.1:8400")
    assert not accepts("evil.example")
    assert not accepts("")


@given(st.text())
def test_no_host_header_breaks_the_guard(host: str) -> None:
    accepted = hosts_of("127.0.0.1:8400", "https://mail.example.org")(host)
    assert not accepted or any(
        ours in host.lower() for ours in ("127.0.0.1", "localhost", "mail.example.org")
    )


def test_a_large_body_is_refused(client: Client, service: StandIn) -> None:
    form = {"email": "taro@example.org", "topic": "x" * LARGEST_BODY}
    assert client.post("/subscribe", data=form).status_code == 413

    async def endless() -> object:
        for _ in range(100):
            yield b"email=taro%40example.org&x=" + b"x" * 4096

    answer = client.post(
        "/subscribe", content=endless(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
    assert service.asked == []


def test_a_broken_multipart_body_is_a_400(client: Client) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    answer = client.post("/subscribe?lang=en", content=b"x", headers=headers)
    assert answer.status_code == 400
    assert "That could not be read" in answer.text


def test_a_fault_of_ours_is_a_plain_page_and_a_log_line_without_the_token(
    client: Client, service: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(token: str) -> None:
        raise ZeroDivisionError

    service.reader = broken  # type: ignore[assignment, method-assign]
    with caplog.at_level(logging.INFO):
        answer = client.get("/preferences/secret-token?lang=en")
    assert answer.status_code == 500
    assert "The fault is ours" in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    assert [record.getMessage() for record in ours] == ["event=page_failed method=GET"]
    assert ours[0].exc_info
    assert "secret-token" not in logging.Formatter().format(ours[0])


def test_a_busy_database_asks_to_come_back(client: Client, service: StandIn) -> None:
    def busy() -> None:
        raise Busy("another process has the turn")

    service.categories = busy  # type: ignore[assignment, method-assign]
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"


def test_ready_asks_the_database(client: Client, service: StandIn) -> None:
    assert client.get("/ready").json() == {"status": "ready"}

    def away() -> None:
        raise StoreError("no database")

    service.categories = away  # type: ignore[assignment, method-assign]
    assert client.get("/ready").status_code == 503
    assert client.get("/health").status_code == 200


def test_a_wrong_method_is_told_the_right_ones(client: Client) -> None:
    answer = client.request("DELETE", "/subscribe?lang=ja")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert "この方法では開けません" in answer.text


def test_behind_a_path_links_keep_it_and_requests_come_with_it_or_without(
    service: StandIn, tmp_path: object
) -> None:
    web = replace(service.config.web, base_url="https://magazine.example/mail")
    service.config = replace(service.config, web=web)
    client = Client(application(service), "https://magazine.example")
    for path in ("/mail/feeds/", "/feeds/"):
        page = client.get(path)
        assert page.status_code == 200
        assert 'href="/mail/static/kawaraban.css"' in page.text
    assert 'action="/mail/subscribe?lang=ja"' in client.get("/mail/?lang=ja").text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("ja", "ja"),
        ("ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ("en-GB;q=0.4, ja;q=0.7", "ja"),
        ("fr, de;q=0.5, en;q=0.1", "en"),
        ("fr", None),
        ("ja;q=0", None),
        ("", None),
    ],
)
def test_the_reader_is_spoken_to_in_the_language_asked_for(header: str, language: str | None) -> None:
    assert preferred(header) == language


def test_the_order_is_query_then_header_then_site(client: Client) -> None:
    english = {"Accept-Language": "en"}
    assert client.get("/?lang=ja", headers=english).headers["content-language"] == "ja"
    assert client.get("/?lang=xx", headers=english).headers["content-language"] == "en"
    assert client.get("/", headers={"Accept-Language": "fr"}).headers["content-language"] == "ja"
    assert 'language = "ja"' in CONFIGURATION


@given(st.text(max_size=80))
def test_no_accept_language_breaks_the_page(header: str) -> None:
    assert preferred(header) in {"ja", "en", None}


def test_the_stylesheet_is_kept_by_browsers(client: Client) -> None:
    css: httpx.Response = client.get("/static/kawaraban.css")
    assert css.headers["content-type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in css.text
    again = client.get("/static/kawaraban.css", headers={"If-None-Match": css.headers["etag"]})
    assert again.status_code == 304


def test_the_feeds_page_names_every_format(client: Client, service: StandIn) -> None:
    page = client.get("/feeds/?lang=en").text
    assert page.count(">RSS<") == page.count(">Atom<") == page.count(">JSON Feed<") == 3
    assert "1506 posts" in page
    assert "1 post<" in page
    assert "index.opml" not in page
    service.publish("/feeds/index.opml", b"<opml/>", "text/x-opml")
    assert 'href="/feeds/index.opml"' in client.get("/feeds/").text
