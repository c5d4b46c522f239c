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

from feeds.delivery.ledger import Ledger, Ref
from feeds.model.message import Outcome

WINDOW = 0.001
"""Seconds to wait for more sessions before a commit while messages are in flight.

It makes a commit of ten messages out of one of three at 32 connections, which takes a third from the
cost of a message and nothing from the throughput; at 5 ms that suffers.
"""


class _Post(NamedTuple, Generic[Ref]):
    outcome: tuple[Ref, Outcome] | None
    intent: Ref | None
    stands: asyncio.Future[bool]


class GroupCommit(Generic[Ref]):
    """The one way from the sessions to ``Ledger.commit``."""

    def __init__(self, ledger: Ledger[Ref], thread: Executor) -> None:
        self._ledger = ledger
        self._thread = thread
        self._posts: list[_Post[Ref]] = []
        self._inflight = 0
        """Messages whose intent stands and whose outcome was not posted: they may join the window."""
        self._commit: asyncio.Future[AbstractSet[Ref]] | None = None
        self._window: asyncio.TimerHandle | None = None
        self._unsaved: list[tuple[Ref, Outcome]] = []
        self.commits = 0
        self.failure: Exception | None = None
        """Why the ledger could not be written: from then on no intent stands."""

    def post(self, outcome: tuple[Ref, Outcome] | None, intent: Ref | None) -> asyncio.Future[bool]:
        """A future that tells, once both are durable, whether the intent stands."""
        stands: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if outcome is not None:
            self._inflight -= 1
        if self.failure is not None:
            self._unsaved.extend([outcome] if outcome else [])
            stands.set_result(False)
            return stands
        self._posts.append(_Post(outcome, intent, stands))
        self._schedule()
        return stands

    async def finish(self) -> None:
        """Records what is known and not yet recorded; no intent stands any more."""
        while self._commit is not None:
            await asyncio.wait([self._commit])
        self._close_window()
        outcomes = self._unsaved + [post.outcome for post in self._posts if post.outcome]
        for post in self._posts:
            _tell(post, stands=False)
        self._posts = []
        if outcomes:
            # After a failure this is the second and last try; without it the rows stay in flight,
            # as after a crash, and that is safe as well.
            await asyncio.get_running_loop().run_in_executor(self._thread, self._ledger.commit, outcomes, [])
            self.commits += 1
            self._unsaved = []

    def _schedule(self) -> None:
        if self._commit is not None or not self._posts:
            return
        if self._inflight == 0:  # nobody else can come
            self._start()
        elif self._window is None:
            self._window = asyncio.get_running_loop().call_later(WINDOW, self._start)

    def _start(self) -> None:
        self._close_window()
        posts, self._posts = self._posts, []
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
            _tell(post, stands=post.intent is not None and post.intent in standing)

    def _failed(self, posts: list[_Post[Ref]], error: BaseException | None) -> None:
        """Nothing of these posts, nor of those that wait, becomes an intent; the outcomes get a last try."""
        if self.failure is None:
            self.failure = error if isinstance(error, Exception) else RuntimeError("the commit was cancelled")
        posts, self._posts = posts + self._posts, []
        self._unsaved += [post.outcome for post in posts if post.outcome is not None]
        for post in posts:
            _tell(post, stands=False)


def _tell(post: _Post[Ref], *, stands: bool) -> None:
    if not post.stands.done():  # a session that was cancelled waits no longer
        post.stands.set_result(stands)
