"""What a run knows about the relay: who may connect, and when to give it up."""

from __future__ import annotations

import asyncio
import logging

from feeds.delivery.replies import clean
from feeds.delivery.transport import Session, Transport
from feeds.errors import RelayUnreachable
from feeds.model.message import Message, Outcome, Unknown

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

    def __init__(self, transport: Transport, *, pause: float = PAUSE) -> None:
        self.transport = transport
        self.pause = pause
        self.trouble = ""
        """Why the relay was given up, or empty."""
        self._live = 0
        self._reached = False
        self._works = False
        self._trying: Line | None = None
        self._changed = asyncio.Event()

    async def turn(self, line: Line) -> None:
        """Waits until the relay works or was given up, or it is this line's turn to try it."""
        while not self._works and not self.trouble and self._trying not in {None, line}:
            await self._changed.wait()
        if not self._works:
            self._trying = line

    def leave(self, line: Line) -> None:
        """Another line may try in this one's place."""
        if self._trying is line:
            self._trying = None
            self._wake()

    def connected(self) -> None:
        """A line is up."""
        self._live += 1
        self._reached = True

    def replied(self) -> None:
        """A message got a proper reply: the relay works."""
        if not self._works:
            self._works = True
            self._trying = None
            self._wake()

    def closed(self) -> None:
        """A line was closed in good order."""
        self._live -= 1

    def lost(self) -> None:
        """A line went down: what held for the relay need not hold any more."""
        self._live -= 1
        self._works = False

    def failed(self, failures: int, reason: str) -> None:
        """A line failed for the ``failures``-th time in a row.

        The relay is given up if it never answered, or if no line has it and this one tried often
        enough. While others have it, it is this line that is one too many.
        """
        log.warning("event=line_failed try=%d open=%d reason=%s", failures, self._live, reason)
        if not self._live and (not self._reached or failures >= TRIES):
            self.trouble = reason
            log.error("event=relay_given_up reason=%s", reason)
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Line:
    """One of the connections that a run may have: connected, lost and connected again."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._session: Session | None = None
        self._fruitful = False
        """True once a message got a proper reply over this session."""
        self._failures = 0
        """Connections in a row that could not be made, or broke without bearing fruit."""

    @property
    def connected(self) -> bool:
        """True while a message can be sent."""
        return self._session is not None and self._session.usable

    async def rest(self) -> bool:
        """Waits as long as the failures ask before the next try; False when there is to be none."""
        if self._relay.trouble or self._failures >= TRIES:
            return False
        if self._failures:
            await asyncio.sleep(self._relay.pause * 2 ** (self._failures - 1))
        return True

    async def connect(self) -> bool:
        """Tries once to connect, when it is this line's turn."""
        await self._drop()
        await self._relay.turn(self)
        if self._relay.trouble:
            return False
        try:
            self._session = await self._relay.transport.connect()
        except RelayUnreachable as error:
            self._failures += 1
            self._relay.failed(self._failures, str(error))
            return False
        self._fruitful = False
        self._relay.connected()
        return True

    async def send(self, message: Message) -> Outcome:
        """Sends the message over the connected session."""
        assert self._session is not None, "connect first"
        try:
            outcome = await self._session.send(message)
        except Exception as error:  # a session that fails in a way nobody foresaw leaves its message unknown
            log.exception("event=session_failed")
            outcome = Unknown(clean(f"the session failed: {error}"))
            await self._session.close()
        if self._session.usable:
            self._fruitful = True
            self._failures = 0
            self._relay.replied()
        else:
            self._lost(outcome.reply)
        return outcome

    async def close(self) -> None:
        """Ends the connection and makes room for another line to try."""
        self._relay.leave(self)
        await self._drop()

    def _lost(self, reply: str) -> None:
        self._session = None
        self._relay.lost()
        if not self._fruitful:
            self._failures += 1
            self._relay.failed(self._failures, f"the relay closes its connections: {reply}")

    async def _drop(self) -> None:
        """Closes what is left of a session that ended between messages."""
        if self._session is not None:
            session, self._session = self._session, None
            self._relay.closed()
            await session.close()
