"""What a run knows about a relay: who may connect, and when to give it up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from feeds.delivery.transport import Transport

TRIES = 4
"""Failures in a row after which a line, or the whole relay, is given up."""
PAUSE = 0.5
"""Seconds before the second try; doubled for each further one."""

log = logging.getLogger(__name__)


class Relay:
    """The state that the lines of a run share.

    A relay that has not shown yet that it works is tried by one line at a time, until a message got
    a proper reply. So a relay that is away costs one connection and no intent, and one that hangs
    up after every final dot leaves four readers unknown and not four a connection.
    """

    def __init__(self, transport: Transport, *, pause: float = PAUSE, hasty: bool = False) -> None:
        """``hasty`` where other relays can take its place: then it is given up at the first failure."""
        self.transport = transport
        self.pause = pause
        self.trouble = ""
        """Why the relay was given up, or empty."""
        self.changed: Callable[[], None] = _nobody
        """Hears when the relay was given up, or is known to work."""
        self.live = 0
        """How many lines are up."""
        self.works = False
        """Whether a message got a proper reply, and nothing was wrong since."""
        self._tries = 1 if hasty else TRIES
        self._reached = False
        self._trying: object | None = None
        self._changed = asyncio.Event()

    async def turn(self, line: object) -> None:
        """Waits until the relay works or was given up, or it is this line's turn to try it."""
        while not self.works and not self.trouble and self._trying not in {None, line}:
            await self._changed.wait()
        if not self.works:
            self._trying = line

    def leave(self, line: object) -> None:
        """Another line may try in this one's place."""
        if self._trying is line:
            self._trying = None
            self._wake()

    def connected(self) -> None:
        """A line is up."""
        self.live += 1
        self._reached = True

    def replied(self) -> None:
        """A message got a proper reply: the relay works."""
        if not self.works:
            self.works = True
            self._trying = None
            self._wake()
            self.changed()

    def closed(self) -> None:
        """A line was closed in good order."""
        self.live -= 1

    def lost(self) -> None:
        """A line went down: what held for the relay need not hold any more."""
        self.live -= 1
        self.works = False

    def failed(self, failures: int, reason: str) -> None:
        """A line failed for the ``failures``-th time in a row.

        The relay is given up if it never answered, or if no line has it and this one tried often
        enough. While others have it, it is this line that is one too many.
        """
        log.warning("event=line_failed try=%d open=%d reason=%s", failures, self.live, reason)
        if not self.live and (not self._reached or failures >= self._tries):
            self.trouble = reason
            log.error("event=relay_given_up reason=%s", reason)
            self._wake()
            self.changed()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _nobody() -> None:
    """Hears nothing."""
