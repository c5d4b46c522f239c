"""GET and HEAD change nothing, wherever a link in a mail, a feed or a page leads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import etree
from lxml import html as lxml_html

from feeds.model.address import EmailAddress
from feeds.service import Service
from feeds.store.database import dump
from feeds.web.application import application
from tests.acceptance.browser import Browser
from tests.acceptance.publication import MONDAY, SETTLED, Publication, text_of

PAGES = "https://mail.example.org"
OURS = {"mail.example.org", "example.org"}
"""Hosts of the pages and of the site, whose feeds the daemon serves as well."""

ASKING = "pending@example.org"


@pytest.fixture
def lively(publication: Publication) -> Publication:
    """A publication with feeds, a digest, a confirmation mail and readers in every state."""
    publication.add_settings('[categories."庭"]\npath = "/feeds/garden.xml"\n')
    publication.write("old", category="庭", body="[a link](/posts/other/) ![](/images/a.png)")
    publication.ask("tick", now=MONDAY)
    for cadence in ("each", "daily", "weekly"):
        words = (f"{cadence}@example.org", "--cadence", cadence, "--confirmed")
        assert publication.say("subscribers", "add", *words, now=MONDAY).status == 0
    assert publication.say("subscribers", "add", ASKING, now=MONDAY).status == 0
    publication.write("new", body="# Hello\n\n**「太字」**と<https://elsewhere.example/page>")
    publication.ask("tick", now=MONDAY)
    assert publication.ask("tick", now=MONDAY + SETTLED)["sent"] == 1
    return publication


@pytest.mark.databases
def test_get_and_head_change_nothing_anywhere(lively: Publication) -> None:
    with Service.open(lively.config, now=MONDAY + SETTLED) as service:
        browser = Browser(application(service), PAGES)
        with service.database.read() as connection:
            before = dump(connection)
        seen: dict[str, int] = {}
        waiting = set(_urls_in_mails(lively)) | set(_urls_in_feeds(lively))
        waiting |= {f"{PAGES}{path}" for path in ("/", "/feeds/", "/embed", "/health", "/ready")}
        while waiting:
            url = waiting.pop()
            answer = browser.get(url)
            head = browser.ask("HEAD", url)
            assert head.status_code == answer.status_code, url
            assert head.content == b""
            seen[url] = answer.status_code
            if answer.headers.get("content-type", "").startswith("text/html"):
                waiting |= set(_urls_in_page(url, answer.text)) - seen.keys()
        with service.database.read() as connection:
            assert dump(connection) == before
        asked = service.subscriber(EmailAddress.parse(ASKING))
        assert asked is not None
        assert asked.state == "pending"
    acting = {urlsplit(url).path.split("/")[1] for url, status in seen.items() if status == 200}
    assert acting >= {"unsubscribe", "preferences", "confirm", "feeds", "static", "embed"}
    assert seen[f"{PAGES}/feeds/garden.xml"] == 200


def test_the_same_links_do_act_when_a_button_posts_them(lively: Publication) -> None:
    """Else the test above would pass with links that never do anything."""
    (confirmation,) = lively.mails_to(ASKING)
    (digest,) = lively.mails_to("each@example.org")
    with Service.open(lively.config, now=MONDAY + SETTLED) as service:
        browser = Browser(application(service), PAGES)
        one_click = re.findall(r"<(https[^>]*)>", str(digest["list-unsubscribe"]))[0]
        form = {"List-Unsubscribe": "One-Click"}
        assert browser.ask("POST", one_click, data=form).status_code == 200
        confirm = next(url for url in _urls_in_mail(confirmation) if "/confirm/" in url)
        assert browser.ask("POST", confirm).status_code in (200, 303)
        states = {str(each.email): each.state for each in service.subscribers()}
    assert states["each@example.org"] == "unsubscribed"
    assert states[ASKING] == "confirmed"


# Where the links are ------------------------------------------------------------------------------


def _urls_in_mails(publication: Publication) -> Iterator[str]:
    mails = publication.mails()
    assert {str(mail["to"]) for mail in mails} == {"each@example.org", ASKING}
    for mail in mails:
        yield from _urls_in_mail(mail)


def _urls_in_mail(mail: EmailMessage) -> Iterator[str]:
    yield from _ours(re.findall(r"<(https?:[^>]+)>", " ".join(str(value) for value in mail.values())))
    yield from _ours(re.findall(r"https?://[^\s<>()]+", text_of(mail, "plain")))
    yield from _urls_in_page(PAGES, text_of(mail, "html"))


def _urls_in_feeds(publication: Publication) -> Iterator[str]:
    for name, document in publication.documents().items():
        yield f"{PAGES}/feeds/{name}"
        if name.endswith((".xml", ".opml")):
            root = etree.fromstring(document)
            texts = [str(text) for text in root.xpath("//@*|//text()")]
            yield from _ours(text for text in texts if re.fullmatch(r"https?:\S+", text))
        yield from _ours(re.findall(r"https?://[^\s\"'<>\\]+", document.decode()))


def _urls_in_page(url: str, html: str) -> Iterator[str]:
    tree = lxml_html.document_fromstring(html)
    links = (link for _, _, link, _ in tree.iterlinks())
    yield from _ours(urljoin(url, link) for link in links)


def _ours(urls: Iterable[str]) -> Iterator[str]:
    """Those of our hosts. The site's are asked of the daemon as well, as a proxy in front of both would."""
    for url in urls:
        address = urlsplit(url)
        if address.hostname in OURS:
            yield f"{PAGES}{address.path or '/'}" + (f"?{address.query}" if address.query else "")
