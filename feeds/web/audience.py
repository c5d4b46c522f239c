"""Who asks for feeds, counted in memory: no address is kept, and nothing that leads back to one.

A reader is a keyed hash of address and user agent. The key is made at random each day, never leaves
this process, and is thrown away at midnight: then the hashes mean nothing, and what remains is how
many there were.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from hashlib import blake2b

from feeds.model.audience import ReaderCount
from feeds.web.agents import aggregator, is_robot

_MOST_SINGLES = 200_000
"""Hashes in memory, all feeds together; a flood of made-up agents counts no further."""

_MOST_SERVICES = 2_000
"""Services and feed ids of one day, all feeds together."""

_MOST_AGENTS = 4_000
_LONGEST_AGENT = 400

_SINGLE, _ROBOT = 0, 1
_Kind = tuple[str, str, int] | int
"""Service, feed id and readers, or one of the two above."""


class Audience:
    """The readers of today, by feed. Only the thread of the loop touches it."""

    def __init__(self, zone: tzinfo = UTC, clock: Callable[[], float] = time.time) -> None:
        self._zone, self._clock = zone, clock
        self._agents: dict[bytes, _Kind] = {}
        """User agent → the service that it reports for, or what else it is."""
        self._finished: list[ReaderCount] = []
        self._begin_day()

    def note(self, feed: str, agent: bytes, address: str) -> None:
        """Counts a request for this feed."""
        if self._clock() >= self._ends:
            self._finished += self._today()
            self._begin_day()
        agent = agent[:_LONGEST_AGENT]
        kind = self._agents.get(agent)
        if kind is None:
            kind = self._recognise(agent)
        if isinstance(kind, tuple):
            self._note_service(feed, *kind)
        elif kind == _SINGLE:
            self._note_single(feed, agent, address)

    def take(self) -> list[ReaderCount]:
        """What there is to be stored; the numbers of today go on from where they are."""
        taken, self._finished = self._finished + self._today(), []
        return taken

    def give_back(self, counts: list[ReaderCount]) -> None:
        """Takes numbers back that could not be stored, for the next time."""
        self._finished = counts[-_MOST_SERVICES:]

    def _note_service(self, feed: str, service: str, feed_id: str, readers: int) -> None:
        key = feed, service, feed_id
        before = self._services.get(key, -1)
        if readers > before and (before >= 0 or len(self._services) < _MOST_SERVICES):
            self._services[key] = readers

    def _note_single(self, feed: str, agent: bytes, address: str) -> None:
        key = blake2b(b"%b\0%b" % (address.encode(), agent), key=self._salt, digest_size=8).digest()
        seen = self._singles.setdefault(feed, set())
        if key not in seen and self._hashes < _MOST_SINGLES:
            seen.add(key)
            self._hashes += 1

    def _recognise(self, agent: bytes) -> _Kind:
        if len(self._agents) >= _MOST_AGENTS:
            self._agents.clear()
        text = agent.decode("utf-8", "replace")
        kind: _Kind
        if (found := aggregator(text)) is not None:
            kind = found.name, found.feed_id, found.readers
        else:
            kind = _ROBOT if is_robot(text) else _SINGLE
        self._agents[agent] = kind
        return kind

    def _begin_day(self) -> None:
        now = datetime.fromtimestamp(self._clock(), self._zone)
        self._day: date = now.date()
        tomorrow = datetime.combine(self._day + timedelta(days=1), datetime.min.time(), self._zone)
        self._ends = tomorrow.timestamp()
        self._salt = secrets.token_bytes(32)
        self._services: dict[tuple[str, str, str], int] = {}
        self._singles: dict[str, set[bytes]] = {}
        self._hashes = 0

    def _today(self) -> list[ReaderCount]:
        counts = [
            ReaderCount(self._day, feed, service, feed_id, readers)
            for (feed, service, feed_id), readers in self._services.items()
        ]
        counts += [ReaderCount(self._day, feed, "", "", len(seen)) for feed, seen in self._singles.items()]
        return counts
