"""The claims of a run: fetched ahead, so that no connection waits for the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable, Sequence
from concurrent.futures import Executor
from typing import Generic

from feeds.delivery.ledger import Claim, Ledger, Ref

BATCH = 500
"""Claims a fetch: 30 times the send rate even at full durability, and few enough to be no burden."""


class Claims(Generic[Ref]):
    """A queue in front of ``Ledger.claim`` that the sessions of a run share."""

    def __init__(self, ledger: Ledger[Ref], thread: Executor) -> None:
        self._ledger = ledger
        self._thread = thread
        self._queue: deque[Claim[Ref]] = deque()
        self._fetch: asyncio.Future[Sequence[Claim[Ref]]] | None = None
        self._dry = False
        self._paused: set[Hashable] = set()
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
        """The next claim if one is at hand."""
        claim = None
        while self._queue and claim is None:
            first = self._queue.popleft()
            claim = None if first.issue in self._paused else first
        if len(self._queue) < BATCH // 2:
            self._start_fetch()
        return claim

    def give_back(self, claim: Claim[Ref]) -> None:
        """Puts a claim at the head of the queue that was taken and not begun."""
        self._queue.appendleft(claim)

    async def more(self) -> bool:
        """Waits until there may be something to take; False when there never will be."""
        if not self._queue and not self._dry:
            self._start_fetch()
            if self._fetch is not None:
                await asyncio.wait([self._fetch])
        return bool(self._queue) or not self._dry

    @property
    def left(self) -> bool:
        """True unless the ledger said that it has no more and nothing is queued."""
        return bool(self._queue) or not self._dry

    def _start_fetch(self) -> None:
        if self._fetch is None and not self._dry:
            loop = asyncio.get_running_loop()
            self._fetch = loop.run_in_executor(self._thread, self._ledger.claim, BATCH)
            self._fetch.add_done_callback(self._fetched)

    def _fetched(self, fetch: asyncio.Future[Sequence[Claim[Ref]]]) -> None:
        self._fetch = None
        if fetch.cancelled():
            return
        error = fetch.exception()
        if isinstance(error, Exception):
            self.failure = error
        claims = () if error else fetch.result()
        self._queue.extend(claims)
        self._dry = not claims
