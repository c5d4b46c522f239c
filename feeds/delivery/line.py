"""A line: one of the connections that a run may have."""

from __future__ import annotations

import asyncio
import logging

from feeds.delivery.relay import TRIES, Relay
from feeds.delivery.relays import Place, Relays
from feeds.delivery.replies import clean
from feeds.delivery.transport import Session
from feeds.errors import RelayUnreachable
from feeds.model.message import Message, Outcome, Sent, Unknown

log = logging.getLogger(__name__)


class Line:
    """Connected, lost, and connected again, to whatever relay has room for it."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays
        self._place: Place | None = None
        self._session: Session | None = None
        self._sent = 0
        """Messages that were sent over this session."""
        self._fruitful = False
        """True once a message got a proper reply over this session."""
        self._failures = 0
        """Connections in a row that could not be made, or broke without bearing fruit."""

    @property
    def connected(self) -> bool:
        """True while a message can be sent."""
        if self._session is None or self._place is None or not self._session.usable:
            return False
        most = self._place.route.messages_per_connection
        return not (0 < most <= self._sent) and not self._relays.crowded(self._place)

    async def rest(self) -> bool:
        """Waits until there is a relay, and as long as failures ask; False when there is to be none."""
        while self._place is None or self._is_out_of_place(self._place):
            await self._leave()
            self._place, self._failures = await self._relays.place(), 0
            if self._place is None:
                return False
        if self._failures:
            await asyncio.sleep(self._place.relay.pause * 2 ** (self._failures - 1))
        return True

    def _is_out_of_place(self, place: Place) -> bool:
        """Whether the line has to find another relay."""
        if self._failures >= TRIES and not place.relay.trouble:
            self._relays.one_too_many(place)
        return bool(place.relay.trouble) or self._relays.crowded(place)

    async def connect(self) -> bool:
        """Tries once to connect, when it is this line's turn."""
        assert self._place is not None, "rest first"
        await self._drop(self._place)
        relay = self._place.relay
        await relay.turn(self)
        if relay.trouble:
            return False
        try:
            self._session = await relay.transport.connect()
        except RelayUnreachable as error:
            self._failures += 1
            relay.failed(self._failures, str(error))
            return False
        self._fruitful, self._sent = False, 0
        relay.connected()
        return True

    async def send(self, message: Message) -> Outcome:
        """Sends the message over the connected session."""
        assert self._session is not None, "connect first"
        assert self._place is not None, "connect first"
        try:
            outcome = await self._session.send(message)
        except Exception as error:  # a session that fails in a way nobody foresaw leaves its message unknown
            log.exception("event=session_failed")
            outcome = Unknown(clean(f"the session failed: {error}"))
            await self._session.close()
        if self._session.usable:
            self._fruitful = True
            self._failures = 0
            self._place.relay.replied()
        else:
            self._lost(self._place.relay, outcome.reply)
        self._sent += 1
        self._place.sent += isinstance(outcome, Sent)
        return outcome

    async def close(self) -> None:
        """Ends the connection and makes room for another line."""
        await self._leave()

    def _lost(self, relay: Relay, reply: str) -> None:
        self._session = None
        relay.lost()
        if not self._fruitful:
            self._failures += 1
            relay.failed(self._failures, f"the relay closes its connections: {reply}")

    async def _leave(self) -> None:
        place, self._place = self._place, None
        if place is not None:
            place.relay.leave(self)
            await self._drop(place)
            self._relays.leave(place)

    async def _drop(self, place: Place) -> None:
        """Closes what is left of a session that ended between messages."""
        if self._session is not None:
            session, self._session = self._session, None
            place.relay.closed()
            await session.close()
