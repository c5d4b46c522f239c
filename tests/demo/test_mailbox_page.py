"""The mailbox shows what arrived, and nothing that arrived can hurt whoever looks."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from feeds.demo.mailbox import Mailbox, read
from feeds.demo.page import DemoSite, make_site

NOON = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


class Client:
    """A browser that asks the application without a network between them."""

    def __init__(self, application: Starlette) -> None:
        self._application = application

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._application)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
                return await browser.get(path, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mail")


@pytest.fixture
def client(tmp_path: Path, mailbox: Mailbox) -> Client:
    public = tmp_path / "public"
    (public / "images").mkdir(parents=True)
    (public / "images" / "dot.png").write_bytes(b"\x89PNG")
    (tmp_path / "secret.txt").write_text("nobody's business")
    site = DemoSite(
        "瓦版", "http://127.0.0.1:1", "http://127.0.0.1:2", tmp_path / "posts", public, "Asia/Tokyo"
    )
    return Client(make_site(site, mailbox))


def encoded(text: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def mail(html: str, *, subject: str = "今週の瓦版") -> bytes:
    lines = [
        f"From: {encoded('瓦版編集部')} <news@demo.example>",
        "To: hana@reader.example",
        f"Subject: {encoded(subject)}",
        "Date: Tue, 24 Nov 2026 07:00:00 +0900",
        "MIME-Version: 1.0",
        'Content-Type: multipart/alternative; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        base64.b64encode("<b>文字だけ</b> http://127.0.0.1:2/unsubscribe/abc".encode()).decode(),
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        base64.b64encode(html.encode()).decode(),
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode("ascii")


def deliver(mailbox: Mailbox, raw: bytes) -> int:
    return mailbox.keep("bounce@demo.example", ("hana@reader.example",), raw, NOON).number


class Tags(HTMLParser):
    """The start tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_mail_is_shown_decoded(client: Client, mailbox: Mailbox) -> None:
    deliver(mailbox, mail("<p>こんにちは</p>"))
    page = client.get("/mailbox/1?lang=ja").text
    for shown in (
        "今週の瓦版",
        "瓦版編集部 &lt;news@demo.example&gt;",
        "hana@reader.example",
        "2026年11月24日(火) 07:00",
    ):
        assert shown in page
    assert "=?utf-8?" not in page


def test_the_list_shows_the_newest_mail_first_and_looks_again(client: Client, mailbox: Mailbox) -> None:
    deliver(mailbox, mail("", subject="一通め"))
    deliver(mailbox, mail("", subject="二通め"))
    response = client.get("/mailbox/")
    assert response.text.index("二通め") < response.text.index("一通め")
    assert response.headers["refresh"] == "5"


def test_the_list_shows_a_mails_preheader_after_its_subject(client: Client, mailbox: Mailbox) -> None:
    head = "<title>題</title><style>p{color:red}</style>"
    deliver(mailbox, mail(f"<head>{head}</head><div>今週の<b>見どころ</b>&amp;</div>&#847;&zwnj;<p>記事</p>"))
    assert '<span class="teaser">今週の見どころ&amp;</span>' in client.get("/mailbox/").text


def test_the_list_shows_the_text_of_a_mail_without_html(client: Client, mailbox: Mailbox) -> None:
    deliver(mailbox, b"Subject: x\r\n\r\n-----\r\nhttp://127.0.0.1:2/x\r\nGood morning.\r\n")
    assert '<span class="teaser">Good morning.</span>' in client.get("/mailbox/").text


HOSTILE = [
    "<script>alert(1)</script>",
    '"></iframe><script>alert(1)</script>',
    "</iframe><img src=x onerror=alert(1)>",
    "'><form action=/x><button>Go</button></form>",
    "<base href=http://evil.example/><meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "{{ site.posts }}{% raw %}",
    "\x00\x1b[2J\u202e<title></title>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_stays_inside_its_frame(client: Client, mailbox: Mailbox, html: str) -> None:
    deliver(mailbox, mail(html, subject=html.replace("\x00", "")))
    for path in ("/mailbox/", "/mailbox/1", "/mailbox/1/text", "/mailbox/1/headers"):
        response = client.get(path)
        assert response.status_code == 200
        tags = Tags(response.text).found
        assert not {"script", "form", "img", "base"} & {tag for tag, _ in tags}
        assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
    (frame,) = (
        attributes for tag, attributes in Tags(client.get("/mailbox/1").text).found if tag == "iframe"
    )
    assert frame["srcdoc"] == '<base target="_blank">' + html
    assert frame["sandbox"] == "allow-popups allow-popups-to-escape-sandbox"


def test_the_text_part_is_text_with_its_links(client: Client, mailbox: Mailbox) -> None:
    deliver(mailbox, mail("<p>html</p>"))
    page = client.get("/mailbox/1/text").text
    assert "&lt;b&gt;文字だけ&lt;/b&gt;" in page
    assert 'href="http://127.0.0.1:2/unsubscribe/abc"' in page


def test_the_source_is_the_bytes_that_came(client: Client, mailbox: Mailbox) -> None:
    raw = mail("<p>x</p>")
    deliver(mailbox, raw)
    response = client.get("/mailbox/1/source")
    assert response.content == raw
    assert response.headers["content-type"].startswith("text/plain")


BROKEN = {
    "nothing": b"",
    "no headers": b"\r\njust text",
    "binary": bytes(range(256)) * 4,
    "unknown charset": b"Subject: =?x?B?44GC?=\r\nContent-Type: text/html; charset=x\r\n\r\n\xe3\x81\x82",
    "charset that is no charset": b"Content-Type: text/html; charset=hex\r\n\r\nabc",
    "broken base64": b"Subject: =?utf-8?B?4?=\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
    "raw 8-bit subject": "Subject: 生の日本語\r\nDate: 火曜日\r\n\r\nx".encode(),
    "a date beyond time": b"Date: Mon, 01 Jan 9999 23:59:59 -2359\r\n\r\nx",
    "multipart without parts": b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts",
    "parts in parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)
    ),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_any_bytes_are_a_mail_that_can_be_looked_at(client: Client, mailbox: Mailbox, raw: bytes) -> None:
    deliver(mailbox, raw)
    for path in ("/mailbox/", "/mailbox/1", "/mailbox/1/text", "/mailbox/1/headers", "/mailbox/1/source"):
        assert client.get(path).status_code == 200


def test_a_folded_japanese_subject_is_read_in_one_piece(mailbox: Mailbox) -> None:
    raw = f"Subject: {encoded('瓦版とは')}\r\n {encoded('何だったのか')} and more\r\n\r\n".encode()
    number = deliver(mailbox, raw)
    received = mailbox.find(number)
    assert received is not None
    assert read(received).subject == "瓦版とは何だったのか and more"


def test_messages_are_kept_as_a_maildir(mailbox: Mailbox) -> None:
    deliver(mailbox, mail("<p>x</p>"))
    (kept,) = (mailbox.folder / "new").iterdir()
    assert kept.read_bytes() == mail("<p>x</p>")
    assert not list((mailbox.folder / "tmp").iterdir())


def test_the_public_folder_is_served_and_nothing_beside_it(client: Client) -> None:
    assert client.get("/images/dot.png").content == b"\x89PNG"
    for path in (
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/images/..%2f..%2fsecret.txt",
        "/a%00b",
        "/" + "x" * 5000,
        "/nothing",
    ):
        response = client.get(path)
        assert response.status_code == 404
        assert "nobody" not in response.text


def test_no_other_name_for_this_machine_reads_the_mails(client: Client, mailbox: Mailbox) -> None:
    deliver(mailbox, mail("<p>x</p>"))
    assert client.get("/mailbox/1", headers={"Host": "rebound.evil.example"}).status_code == 400


@pytest.mark.parametrize(("header", "language"), [("ja,en;q=0.5", "ja"), ("fr, en-GB", "en"), ("", "en")])
def test_pages_speak_the_language_of_the_browser(client: Client, header: str, language: str) -> None:
    assert f'<html lang="{language}">' in client.get("/mailbox/", headers={"Accept-Language": header}).text
    assert '<html lang="ja">' in client.get("/mailbox/?lang=ja", headers={"Accept-Language": header}).text
