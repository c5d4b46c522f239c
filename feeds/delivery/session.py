"""A connection that carries messages away, whatever it is."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Any

from feeds.delivery.feed import Feed, untold
from feeds.delivery.ledger import Claim
from feeds.delivery.replies import clean
from feeds.model.clock import boot_time
from feeds.model.message import Message, Outcome, Unknown

log = logging.getLogger(__name__)


class Session(ABC):
    """A connection that sends one message after another."""

    until = float("inf")
    """By ``boot_time``: later the message that is being sent may not be completed any more."""

    @property
    @abstractmethod
    def usable(self) -> bool:
        """True while another message can be sent over this connection."""

    @abstractmethod
    async def send(self, message: Message) -> Outcome:
        """Sends a single message and tells what became of it; a broken connection is an outcome too."""

    @abstractmethod
    async def close(self) -> None:
        """Ends the connection politely if it still stands; never raises."""

    async def run(self, feed: Feed[Any]) -> str:
        """Sends what the feed has at hand; returns why the connection was lost, or nothing.

        Here message by message, each when its intent stands; its outcome goes with the next intent.
        """
        outcome: tuple[Any, Outcome] | None = None
        lost = ""
        while not lost and (taken := feed.take()) is not None:
            claim, message = taken
            self.until = boot_time() + feed.within
            if not await _stands(feed, outcome, claim):
                outcome = None
                feed.skipped(claim)
                continue
            result = await self._send_or_break(message)
            outcome = (claim.ref, result)
            feed.settled(claim, result)
            if self.usable:
                feed.proven()
            else:
                lost = result.reply
        if outcome is not None:
            feed.post(outcome, None, untold)
        return lost

    async def _send_or_break(self, message: Message) -> Outcome:
        """Sends it; a session that fails in a way nobody foresaw leaves its message unknown."""
        try:
            return await self.send(message)
        except Exception as error:
            log.exception("event=session_failed")
            await self.close()
            return Unknown(clean(f"the session failed: {error}"))


def _stands(feed: Feed[Any], outcome: tuple[Any, Outcome] | None, claim: Claim[Any]) -> asyncio.Future[bool]:
    """Whether the claim's intent stands, once it and the outcome are durable."""
    stands: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def told(answer: bool) -> None:
        if not stands.done():  # a session that was cancelled waits no longer
            stands.set_result(answer)

    feed.post(outcome, claim.ref, told)
    return stands
