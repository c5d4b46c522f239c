"""A conversation: commands go out, replies come back in their order, and patience ends.

What is said is others' business (``stream``); here is only that each reply answers the oldest command
without one (RFC 2920 §3.1), and how long a server may take for it.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque

from feeds.delivery.parser import NotSmtp, ReplyParser
from feeds.delivery.replies import Phase
from feeds.delivery.timeouts import Timeouts


class Conversation(asyncio.Protocol):
    """One connection to a server. Everything happens in callbacks of the event loop."""

    def __init__(self, transport: asyncio.Transport, timeouts: Timeouts) -> None:
        self.loop = asyncio.get_running_loop()
        self.timeouts = timeouts
        self.awaited: deque[Phase] = deque()
        """The replies that are outstanding."""
        self.gone = False
        """Whether it is over, for whatever reason."""
        self._transport = transport
        self._parser = ReplyParser()
        self._since = 0.0
        """Since when the first of the outstanding replies is waited for."""
        self._timer: asyncio.TimerHandle | None = None

    # What there is to say and to hear -------------------------------------------------------------

    @abstractmethod
    def replied(self, phase: Phase, code: int, text: bytes) -> None:
        """Hears the reply to a command."""

    @abstractmethod
    def unasked(self, code: int, text: bytes) -> None:
        """Hears a reply to nothing that was asked."""

    @abstractmethod
    def broke(self, reason: str) -> None:
        """Hears that the server left, or is not to be understood, or let us wait too long."""

    @property
    def idle(self) -> bool:
        """Whether the connection stands, and nothing is awaited."""
        return not (self.gone or self.awaited or self._transport.is_closing())

    def write(self, data: bytes, replies: tuple[Phase, ...]) -> None:
        """Sends these bytes, which these replies will answer, if any."""
        if replies and not self.awaited:
            self._since = self.loop.time()
        self.awaited.extend(replies)
        self._transport.write(data)

    def drop(self) -> None:
        """Closes at once: an orderly close would wait for a peer that no longer reads."""
        self.gone = True
        self._transport.abort()

    # Patience -------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Begins to look at the clock now and then: one timer serves all messages."""
        patience = min(self.timeouts.data, self.timeouts.command, self.timeouts.dot) / 4
        self._timer = self.loop.call_later(patience, self._look)

    def unwatch(self) -> None:
        """Ends that."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        """Gives the server up that lets us wait too long."""
        if self.awaited and self.loop.time() >= self._since + self.timeouts.of(self.awaited[0]):
            self.broke("it took too long")
        else:
            self.watch()

    # What the event loop calls --------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        now = self.loop.time()
        try:
            for code, text in self._parser.replies(data):
                self._since = now  # whole replies count: one that comes byte by byte would never be late
                if self.awaited:
                    self.replied(self.awaited.popleft(), code, text)
                else:
                    self.unasked(code, text)
                if self.gone:
                    return
        except NotSmtp as error:
            self.broke(str(error))

    def eof_received(self) -> bool:
        self.broke("the connection was closed")
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self.broke(str(error) if error else "the connection was closed")
