"""Group commit: the outcome of each message with the intent for the next, of all sessions at once.

One fsync a message would be the end of speed, and none the end of the ledger's promise. So every
session posts {outcome of n, intent for n+1} and waits; whatever is waiting when the writer is free
goes into one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from functools import partial
from typing import Generic, NamedTuple

from feeds.delivery.feed import Told
from feeds.delivery.ledger import Ledger, Ref
from feeds.model.message import Outcome

WINDOW = 0.001
"""Seconds to wait for more sessions before a commit, where the commit before it had more than one.

It makes a commit of ten messages out of one of three at 32 connections, which takes a third from the
cost of a message and nothing from the throughput; at 5 ms that suffers. Where replies come from far away
and one by one, nobody waits.
"""


class _Post(NamedTuple, Generic[Ref]):
    outcome: tuple[Ref, Outcome] | None
    intent: Ref | None
    told: Told


class GroupCommit(Generic[Ref]):
    """The one way from the sessions to ``Ledger.commit``."""

    def __init__(self, ledger: Ledger[Ref], thread: Executor) -> None:
        self._ledger = ledger
        self._thread = thread
        self._posts: list[_Post[Ref]] = []
        self._inflight = 0
        """Messages whose intent stands and whose outcome was not posted: they may join the window."""
        self._crowd = 0
        """Posts in the last commit."""
        self._commit: asyncio.Future[AbstractSet[Ref]] | None = None
        self._window: asyncio.TimerHandle | None = None
        self._unsaved: list[tuple[Ref, Outcome]] = []
        self._closed = False
        self.commits = 0
        self.failure: Exception | None = None
        """Why the ledger could not be written: from then on no intent stands."""

    def post(self, outcome: tuple[Ref, Outcome] | None, intent: Ref | None, told: Told) -> None:
        """Commits both soon, and tells once they are durable whether the intent stands."""
        if outcome is not None:
            self._inflight -= 1
        if self.failure is not None or self._closed:
            self._unsaved.extend([outcome] if outcome else [])
            told(False)
            return
        self._posts.append(_Post(outcome, intent, told))
        self._schedule()

    async def drain(self) -> None:
        """Returns once everything that was posted is durable, or cannot be made so."""
        while self._commit is not None or self._posts:
            if self._commit is None:
                self._start()
            assert self._commit is not None
            await asyncio.wait([self._commit])

    async def finish(self) -> None:
        """Records what is known and not yet recorded; no intent stands any more."""
        self._closed = True
        self._close_window()
        if self._commit is not None:
            await asyncio.wait([self._commit])
        self._give_up([])
        if self._unsaved:
            # After a failure this is the second and last try; without it the rows stay in flight,
            # as after a crash, and that is safe as well.
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._thread, self._ledger.commit, self._unsaved, [])
            self.commits += 1
            self._unsaved = []

    def _schedule(self) -> None:
        if self._commit is not None or not self._posts or self._closed:
            return
        if self._inflight == 0 or self._crowd < 2:  # nobody else can come, or comes
            self._start()
        elif self._window is None:
            self._window = asyncio.get_running_loop().call_later(WINDOW, self._start)

    def _start(self) -> None:
        self._close_window()
        posts, self._posts = self._posts, []
        self._crowd = len(posts)
        outcomes = [post.outcome for post in posts if post.outcome is not None]
        intents = [post.intent for post in posts if post.intent is not None]
        loop = asyncio.get_running_loop()
        self._commit = loop.run_in_executor(self._thread, self._ledger.commit, outcomes, intents)
        self._commit.add_done_callback(partial(self._committed, posts))

    def _close_window(self) -> None:
        if self._window is not None:
            self._window.cancel()
            self._window = None

    def _committed(self, posts: list[_Post[Ref]], commit: asyncio.Future[AbstractSet[Ref]]) -> None:
        self._commit = None
        error = None if commit.cancelled() else commit.exception()
        if commit.cancelled() or error is not None:
            self._failed(posts, error)
            return
        self.commits += 1
        standing = commit.result()
        self._inflight += len(standing)
        self._schedule()
        for post in posts:
            post.told(post.intent is not None and post.intent in standing)

    def _failed(self, posts: list[_Post[Ref]], error: BaseException | None) -> None:
        """Nothing of these posts, nor of those that wait, becomes an intent; the outcomes get a last try."""
        if self.failure is None:
            self.failure = error if isinstance(error, Exception) else RuntimeError("the commit was cancelled")
        self._give_up(posts)

    def _give_up(self, posts: list[_Post[Ref]]) -> None:
        """Keeps the outcomes of these posts and of those that wait; their intents do not stand."""
        posts, self._posts = posts + self._posts, []
        self._unsaved += [post.outcome for post in posts if post.outcome is not None]
        for post in posts:
            post.told(False)
