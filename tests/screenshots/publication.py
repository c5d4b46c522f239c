"""The demo's publication at work on a fixed day: its posts, mail server, mailbox and pages."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.demo import history
from feeds.demo.history import Reader
from feeds.demo.mailbox import Mailbox, Reading, read
from feeds.demo.page import DemoSite, make_site
from feeds.demo.surroundings import LOOPBACK, Surroundings, free_port
from feeds.demo.workspace import TITLE, ZONE, Workspace, lay_out, sample
from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence
from feeds.service import Service
from feeds.web.application import application
from feeds.web.server import listen, serve

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Noon in Tokyo, on the day around which the sample's posts are dated."""

_PORT = 8400
_KEY = "6b" * 32


def _reader(name: str, cadence: Cadence, language: str, *topics: str) -> Reader:
    return Reader(EmailAddress(name, "reader.example"), cadence, language, topics)


READERS = {
    ("digest", "ja"): _reader("hanako", Cadence.WEEKLY, "ja"),
    ("digest", "en"): _reader("ellen", Cadence.WEEKLY, "en"),
    ("post", "ja"): _reader("taro", Cadence.EACH, "ja", "letters"),
    ("post", "en"): _reader("martin", Cadence.EACH, "en", "edo"),
}
"""(kind of mail, language) → who gets such a mail."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The publication while it is at work."""

    service: Service
    site: str
    """Address of the demo's site, which has the mailbox."""
    pages: str
    """Address of the readers' pages."""
    mailbox: Mailbox

    def newest_mail(self, to: EmailAddress) -> tuple[int, Reading]:
        """Number and contents of the newest mail to this address."""
        found = [mail for mail in self.mailbox.all() if str(to) in mail.recipients]
        return found[-1].number, read(found[-1])


@contextmanager
def at_work(folder: Path) -> Iterator[Publication]:
    """The publication after a week of posts, everything mailed; its servers end with the block."""
    with Surroundings() as surroundings:
        workspace = Workspace(folder, surroundings.site_url, f"http://{LOOPBACK}:{_usual_port()}")
        mailbox = Mailbox(workspace.mail)
        lay_out(workspace, surroundings.smtp_url)
        with workspace.config.open("a", encoding="utf-8") as settings:
            settings.write("\n[delivery]\nconnections = 1  # so that mails arrive in one order\n")
        _fix_the_key(folder)
        site = DemoSite(TITLE, workspace.site_url, workspace.web_url, workspace.posts, workspace.public, ZONE)
        surroundings.open(mailbox, make_site(site, mailbox))
        _let_it_happen(workspace)
        with Service.open(workspace.config, now=NOW) as service, _served(service):
            yield Publication(service, workspace.site_url, workspace.web_url, mailbox)


def _usual_port() -> int:
    """Always the same where it is free: addresses are seen in pictures."""
    try:
        with socket.create_server((LOOPBACK, _PORT)):
            return _PORT
    except OSError:
        return free_port()


def _fix_the_key(folder: Path) -> None:
    """The signing key is made at random else, and a link can be seen in the mail that asks to confirm."""
    state = folder / ".kawaraban"
    state.mkdir(mode=0o700)
    key = state / "signing.key"
    key.touch(mode=0o600)
    key.write_text(_KEY, encoding="ascii")


def _let_it_happen(workspace: Workspace) -> None:
    """A week of posts and its mails; then one more post, and the mail that it makes."""
    posts = sample(NOW.date())
    before = NOW - timedelta(minutes=10)
    readers = (*READERS.values(), *history.READERS)
    history.tell(workspace, posts, before, readers=readers, newcomers=())
    _tick(workspace, before)
    workspace.drop(posts.extra)
    _tick(workspace, before + timedelta(minutes=1))  # sees the post
    _tick(workspace, before + timedelta(minutes=2))  # it has settled


def _tick(workspace: Workspace, now: datetime) -> None:
    with Service.open(workspace.config, now=now) as service:
        service.tick()


@contextmanager
def _served(service: Service) -> Iterator[None]:
    """The readers' pages, by the server that the daemon uses, in a thread of their own."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    with listen(service.config.web.bind) as listener:
        pages = serve(application(service), listener, stop)
        thread = threading.Thread(target=loop.run_until_complete, args=(pages,))
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
    loop.close()
