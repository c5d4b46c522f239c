"""The claims of a run: fetched ahead, so that no connection waits for the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Sequence
from concurrent.futures import Executor
from typing import Generic

from feeds.delivery.domains import DomainQueue
from feeds.delivery.ledger import Claim, Later, Ledger, Ref

BATCH = 500
"""Claims a fetch: 30 times the send rate even at full durability, and few enough to be no burden."""

_MOST = 4 * BATCH
"""No more are fetched while so many wait for their domain's turn."""


class Claims(Generic[Ref]):
    """A queue in front of ``Ledger.claim`` that the sessions of a run share."""

    def __init__(self, ledger: Ledger[Ref], thread: Executor, *, per_domain: int = 0) -> None:
        self._ledger = ledger
        self._thread = thread
        self._queue = DomainQueue[Ref](per_domain)
        self._fetch: asyncio.Future[Sequence[Claim[Ref]] | Later] | None = None
        self._pause: asyncio.TimerHandle | None = None
        self._dry = False
        self._paused: set[Hashable] = set()
        self._changed = asyncio.Event()
        self.failure: Exception | None = None
        """Why the ledger could not be asked; the queue ends there."""

    @property
    def paused(self) -> frozenset[Hashable]:
        """Issues whose claims are passed over."""
        return frozenset(self._paused)

    def pause(self, issue: Hashable) -> None:
        """Passes over every further claim of the issue."""
        self._paused.add(issue)

    def take(self) -> Claim[Ref] | None:
        """The next claim if one is at hand; ``done`` or ``give_back`` is to follow."""
        while (claim := self._queue.take()) is not None and claim.issue in self._paused:
            self._queue.done(claim)
        if self._queue.ready < BATCH // 2 and len(self._queue) < _MOST:
            self._start_fetch()
        return claim

    def give_back(self, claim: Claim[Ref]) -> None:
        """Puts a claim at the head of the queue that was taken and not begun."""
        self._queue.give_back(claim)
        self._wake()

    def done(self, claim: Claim[Ref]) -> None:
        """Makes room for others to the same domain: the claim was sent, or never will be."""
        if self._queue.done(claim):
            self._wake()

    async def more(self) -> bool:
        """Waits until there may be something to take; False when there never will be."""
        while not self._queue.ready and self.left:
            self._start_fetch()
            await self._changed.wait()
        return self.left

    def close(self) -> None:
        """Asks no more."""
        if self._pause is not None:
            self._pause.cancel()

    @property
    def left(self) -> bool:
        """True unless the ledger said that it has no more and nothing is queued."""
        return bool(len(self._queue)) or not self._dry

    def _start_fetch(self) -> None:
        if self._fetch is None and self._pause is None and not self._dry and len(self._queue) < _MOST:
            loop = asyncio.get_running_loop()
            self._fetch = loop.run_in_executor(self._thread, self._ledger.claim, BATCH)
            self._fetch.add_done_callback(self._fetched)

    def _fetched(self, fetch: asyncio.Future[Sequence[Claim[Ref]] | Later]) -> None:
        self._fetch = None
        if fetch.cancelled():
            return
        error = fetch.exception()
        if isinstance(error, Exception):
            self.failure = error
        found = () if error else fetch.result()
        if isinstance(found, Later):
            self._wait(found.seconds)
            return
        self._queue.extend(found)
        self._dry = not found
        self._wake()

    def _wait(self, seconds: float) -> None:
        """Asks again when the limit lets more go."""
        self._pause = asyncio.get_running_loop().call_later(seconds, self._waited)

    def _waited(self) -> None:
        self._pause = None
        self._start_fetch()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
