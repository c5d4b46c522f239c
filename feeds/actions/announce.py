"""Announce: hubs are told which documents changed, beside everything else.

Nothing waits for a hub and nothing is lost without it: readers ask for themselves, hours later. What
is still to be told is therefore kept in memory only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlsplit

from feeds.delivery.hub import Answer, ping

log = logging.getLogger(__name__)

WAITS = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds before each further try; after the last one the hub is given up for these documents."""

MOST = 100
"""Documents in one request."""

Post = Callable[[str, Sequence[str]], Answer]
"""Tells a hub of these addresses."""


def announce(hubs: Sequence[str], urls: Iterable[str], post: Post = ping, *, patience: float = 10.0) -> None:
    """Tells each hub once, for at most this many seconds: for commands that end afterwards."""
    announcer = Announcer(hubs, post)
    announcer.announce(urls)
    announcer.close(patience)


@dataclass(slots=True)
class _Hub:
    url: str
    waiting: dict[str, None] = field(default_factory=dict)
    """What it is to be told, in order, each address once."""
    failures: int = 0
    due: float = 0.0


class Agenda:
    """What is to be told to whom, and when; no input or output."""

    def __init__(self, hubs: Sequence[str], waits: Sequence[float] = WAITS) -> None:
        self._hubs = [_Hub(url) for url in hubs]
        self._waits = waits

    def add(self, urls: Iterable[str]) -> None:
        """A document that changes again before its hub was told is told once."""
        changed = dict.fromkeys(urls)
        for hub in self._hubs:
            hub.waiting.update(changed)

    def take(self, now: float) -> tuple[str, list[str]] | None:
        """A hub that is due, and what to tell it in one request."""
        for hub in self._hubs:
            if hub.waiting and hub.due <= now:
                urls = list(islice(hub.waiting, MOST))
                for url in urls:
                    del hub.waiting[url]
                return hub.url, urls
        return None

    def settle(self, url: str, urls: Sequence[str], answer: Answer, now: float) -> bool:
        """Takes note of the answer; False where the hub is given up for these addresses."""
        hub = next(hub for hub in self._hubs if hub.url == url)
        if answer.accepted:
            hub.failures = 0
            return True
        if not answer.may_change or hub.failures >= len(self._waits):
            hub.failures, hub.due = 0, 0.0
            return False
        hub.due = now + max(self._waits[hub.failures], answer.wait)
        hub.failures += 1
        hub.waiting = dict.fromkeys([*urls, *hub.waiting])
        return True

    def next_due(self) -> float | None:
        """When there will be something to tell; None where there is nothing."""
        return min((hub.due for hub in self._hubs if hub.waiting), default=None)

    @property
    def untold(self) -> int:
        return sum(len(hub.waiting) for hub in self._hubs)


class Announcer:
    """Tells hubs in a thread of its own, which begins with the first change."""

    def __init__(self, hubs: Sequence[str], post: Post = ping, *, waits: Sequence[float] = WAITS) -> None:
        self._agenda = Agenda(hubs, waits)
        self._post = post
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def announce(self, urls: Iterable[str]) -> None:
        """Returns at once; ``urls`` are the addresses that the documents give as their own (rel=self)."""
        with self._changed:
            self._agenda.add(urls)
            if self._agenda.untold and self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._work, name="announcer", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self, patience: float = 0.0) -> None:
        """Tells what has not been tried yet, for at most this many seconds, and ends."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(patience)
        with self._changed:
            if untold := self._agenda.untold:
                log.warning("event=hubs_not_told documents=%d", untold)

    def _work(self) -> None:
        while (task := self._next()) is not None:
            hub, urls = task
            answer = self._post(hub, urls)
            with self._changed:
                goes_on = self._agenda.settle(hub, urls, answer, time.monotonic())
            _report(hub, urls, answer, goes_on=goes_on)

    def _next(self) -> tuple[str, list[str]] | None:
        """Waits for something to tell; None when it is time to end."""
        with self._changed:
            while (task := self._agenda.take(now := time.monotonic())) is None:
                if self._closing:
                    return None
                due = self._agenda.next_due()
                self._changed.wait(None if due is None else max(due - now, 0.0))
            return task


def _report(hub: str, urls: Sequence[str], answer: Answer, *, goes_on: bool) -> None:
    """Names the hub by its host: the rest of its address may be a secret."""
    host = urlsplit(hub).hostname
    if answer.accepted:
        log.info("event=hub_told host=%s documents=%d status=%d", host, len(urls), answer.status)
    else:
        level, event = (logging.INFO, "hub_failed") if goes_on else (logging.WARNING, "hub_given_up")
        text = "event=%s host=%s documents=%d status=%d reason=%s"
        log.log(level, text, event, host, len(urls), answer.status, answer.reason)
