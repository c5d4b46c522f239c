"""The play, from the first step to the last."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.daemon import Rhythm, serve
from feeds.demo import history
from feeds.demo.mailbox import Mailbox, Received, read
from feeds.demo.page import DemoSite, make_site
from feeds.demo.screen import Mailed, Screen
from feeds.demo.surroundings import LOOPBACK, Surroundings, free_port
from feeds.demo.workspace import TITLE, ZONE, Sample, SamplePost, Workspace, lay_out, sample
from feeds.errors import KawarabanError
from feeds.web.server import serve_pages

PATIENCE = 30.0
"""Seconds until the demo says that something did not arrive. It takes two to five."""

_GLANCE = 0.05


class DemoError(KawarabanError):
    """Something that the demo promises did not arrive."""


def play(*, once: bool) -> int:
    """The whole demo; returns the exit code.

    Its folder stays where it is: what the output names can still be looked at afterwards.
    """
    # On a busy machine a beat is still at work when the next one is due, which changes nothing.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    screen = Screen()
    stay = screen.is_terminal and not once
    folder = Path(tempfile.mkdtemp(prefix="kawaraban-demo-")).resolve()
    try:
        with Surroundings() as surroundings:
            asyncio.run(_Stage(folder, surroundings, screen).perform(stay=stay))
    except DemoError as error:
        screen.trouble(str(error))
        return 1
    finally:
        screen.note(f"feeds, posts and mails stay in {folder}; remove it when you like")
    return 0


class _Stage:
    """The publication, its mailbox, and who plays in front of them."""

    def __init__(self, folder: Path, surroundings: Surroundings, screen: Screen) -> None:
        self.screen = screen
        self.surroundings = surroundings
        self.workspace = Workspace(folder, surroundings.site_url, f"http://{LOOPBACK}:{free_port()}")
        self.mailbox = Mailbox(self.workspace.mail)
        self.sample: Sample = sample(datetime.now(ZoneInfo(ZONE)).date())

    async def perform(self, *, stay: bool) -> None:
        """Raises DemoError."""
        self._open()

        ready, stop = asyncio.Event(), asyncio.Event()
        rhythm = Rhythm(rescan=1, compose=0.5, deliver=0.5)
        daemon = asyncio.create_task(
            serve(self.workspace.config, pages=serve_pages, rhythm=rhythm, ready=ready, stop=stop)
        )
        try:
            with self.screen.step("The daemon starts and finds a week of posts to catch up with …") as done:
                await _until(ready.is_set, daemon, "The daemon did not start")
                done.append("the daemon runs: feeds, pages, schedule, delivery")
                await self._first_mails(daemon)
                done.append(f"{len(self.mailbox.all())} mails arrived")
            with self.screen.step(
                f"A new post, {self.sample.extra.name}, is saved into the folder …"
            ) as done:
                done.append(await self._extra(daemon))
            self._report()
            if stay:
                await self._stay(daemon)
        finally:
            stop.set()
            await daemon

    def _open(self) -> None:
        self.screen.title("瓦版 Kawaraban, the demo")
        with self.screen.step("A sample publication is laid out …") as done:
            lay_out(self.workspace, self.surroundings.smtp_url)
            site = DemoSite(
                title=TITLE,
                url=self.workspace.site_url,
                web=self.workspace.web_url,
                posts=self.workspace.posts,
                public=self.workspace.public,
                zone=ZONE,
            )
            self.surroundings.open(self.mailbox, make_site(site, self.mailbox))
            report = history.tell(self.workspace, self.sample, datetime.now(UTC))
            reasons = ", ".join(f"{post.path}: {post.reason}" for post in report.withheld)
            done.append(f"{report.visible} posts in {self.workspace.posts}")
            done.append(f"{len(report.withheld)} withheld ({reasons})")
            for problem in report.problems:
                done.append(
                    f"1 problem, and it stops nothing: {problem.path}:{problem.line}: {problem.message}"
                )
            done.append(
                f"{len(history.READERS)} readers who have waited for a week, and one who asks to join"
            )

    async def _first_mails(self, daemon: asyncio.Task[None]) -> None:
        expected = {str(reader.address) for reader in (*history.READERS, history.NEWCOMER)}
        await _until(
            lambda: not self._without_mail(expected),
            daemon,
            lambda: f"No mail arrived for {', '.join(sorted(self._without_mail(expected)))}",
        )

    def _without_mail(self, expected: set[str]) -> set[str]:
        return expected - {recipient for mail in self.mailbox.all() for recipient in mail.recipients}

    async def _extra(self, daemon: asyncio.Task[None]) -> str:
        post, title = self.sample.extra, _title(self.sample.extra)
        reader = str(history.EACH.address)
        started = time.monotonic()
        self.workspace.drop(post)
        address = f"{self.workspace.web_url}/feeds/all.json"
        await _until(lambda: _has(address, title), daemon, f"{address} does not have {post.name}")
        fed = time.monotonic() - started

        def mailed() -> bool:
            return any(reader in mail.recipients and title in read(mail).text for mail in self.mailbox.all())

        await _until(mailed, daemon, f"{reader} did not get {post.name} by mail")
        return (
            f"{post.name} was saved into the folder: its feeds had it after {fed:.1f} s, "
            f"{reader} after {time.monotonic() - started:.1f} s"
        )

    def _report(self) -> None:
        workspace = self.workspace
        self.screen.mails(self._mailed(self.mailbox.all()))
        self.screen.places(
            [
                ("mailbox", f"{workspace.site_url}/mailbox/"),
                ("feeds", f"{workspace.web_url}/feeds/"),
                ("sign-up page", f"{workspace.web_url}/"),
                ("publication", f"{workspace.site_url}/"),
                ("feeds folder", str(workspace.public / "feeds")),
                ("posts folder", str(workspace.posts)),
                ("mail folder", str(workspace.mail / "new")),
            ]
        )

    async def _stay(self, daemon: asyncio.Task[None]) -> None:
        self.screen.note(
            f"\nDrop a Markdown file into {self.workspace.posts}: its feeds have it within two seconds,\n"
            "the each-post reader's mail is in the box within five. Ctrl-C ends the demo.\n"
        )
        shown = len(self.mailbox.all())
        try:
            while not daemon.done():
                news = self.mailbox.all()[shown:]
                shown += len(news)
                for mail in self._mailed(news):
                    self.screen.arrived(mail)
                await asyncio.sleep(_GLANCE)
        except asyncio.CancelledError:  # Ctrl-C
            return

    def _mailed(self, received: Iterable[Received]) -> list[Mailed]:
        readings = [read(mail) for mail in received]
        titles = _titles(self.workspace.public)
        return [
            Mailed(mail.recipient, mail.subject, tuple(title for title in titles if title in mail.text))
            for mail in readings
        ]


async def _until(
    came: Callable[[], bool | Awaitable[bool]], daemon: asyncio.Task[None], otherwise: str | Callable[[], str]
) -> None:
    """Waits for it. Raises DemoError when patience ends, and what the daemon raised if it ended."""
    end = time.monotonic() + PATIENCE
    while True:
        answer = came()
        if await answer if isinstance(answer, Awaitable) else answer:
            return
        if daemon.done():
            daemon.result()
        if daemon.done() or time.monotonic() > end:
            reason = otherwise if isinstance(otherwise, str) else otherwise()
            what = "the daemon ended" if daemon.done() else f"gave up after {PATIENCE:.0f} s"
            raise DemoError(f"{reason}: {what}")
        await asyncio.sleep(_GLANCE)


async def _has(address: str, title: str) -> bool:
    return await asyncio.to_thread(lambda: title in _titles_of(_get(address)))


def _get(address: str) -> bytes:
    """The body at an address on loopback, asked without any proxy; empty where nobody answers."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return b""
    finally:
        connection.close()


def _titles(public: Path) -> list[str]:
    try:
        return _titles_of((public / "feeds" / "all.json").read_bytes())
    except OSError:
        return []


def _titles_of(feed: bytes) -> list[str]:
    try:
        return [item["title"] for item in json.loads(feed)["items"]]
    except (ValueError, KeyError, TypeError):
        return []


def _title(post: SamplePost) -> str:
    line = next(line for line in post.text.splitlines() if line.startswith("title: "))
    return line.removeprefix("title: ").strip('"')
