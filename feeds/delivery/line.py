"""A line: one of the connections that a run may have."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from feeds.delivery.feed import Feed
from feeds.delivery.ledger import Claim
from feeds.delivery.relay import TRIES, Relay
from feeds.delivery.relays import Place, Relays
from feeds.delivery.session import Session
from feeds.errors import RelayUnreachable
from feeds.model.message import Message, Outcome, Sent

log = logging.getLogger(__name__)


class Line:
    """Connected, lost, and connected again, to whatever relay has room for it."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays
        self._place: Place | None = None
        self._session: Session | None = None
        self._taken = 0
        """Messages that went over this session, or are about to."""
        self._fruitful = False
        """True once a message got a proper reply over this session."""
        self._failures = 0
        """Connections in a row that could not be made, or broke without bearing fruit."""

    @property
    def connected(self) -> bool:
        """True while a message can be sent."""
        return self._session is not None and self._session.usable and not self.full()

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
        self._fruitful, self._taken = False, 0
        relay.connected()
        return True

    async def run(self, feed: Feed[Any]) -> None:
        """Sends what the feed has at hand over the connected session."""
        assert self._session is not None, "connect first"
        assert self._place is not None, "connect first"
        lost = await self._session.run(_LineFeed(feed, self))
        if lost:
            self._lost(self._place.relay, lost)
        elif not self._session.usable:
            await self._drop(self._place)

    def full(self) -> bool:
        """Whether nothing more may go over this connection."""
        assert self._place is not None
        most = self._place.route.messages_per_connection
        return 0 < most <= self._taken or self._relays.crowded(self._place)

    def took(self) -> None:
        """A message is about to go over this connection."""
        self._taken += 1

    def gave_back(self) -> None:
        """It does not."""
        self._taken -= 1

    def sent(self) -> None:
        """The relay took a message."""
        assert self._place is not None
        self._place.sent += 1

    def proven(self) -> None:
        """A message got a proper reply over this connection."""
        if not self._fruitful or self._failures:
            self._fruitful, self._failures = True, 0
        if self._place is not None and not self._place.relay.works:
            self._place.relay.replied()

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


class _LineFeed:
    """The engine's feed, for as many messages as may go over one connection."""

    def __init__(self, feed: Feed[Any], line: Line) -> None:
        self._feed = feed
        self._line = line
        self.post = feed.post
        self.skipped = feed.skipped
        self.proven = line.proven
        self.within = feed.within

    @property
    def ending(self) -> bool:
        return self._feed.ending

    @property
    def trusting(self) -> bool:
        return self._feed.trusting

    def take(self) -> tuple[Claim[Any], Message] | None:
        taken = None if self._line.full() else self._feed.take()
        if taken is not None:
            self._line.took()
        return taken

    def give_back(self, claim: Claim[Any]) -> None:
        self._line.gave_back()
        self._feed.give_back(claim)

    def settled(self, claim: Claim[Any], outcome: Outcome) -> None:
        if isinstance(outcome, Sent):
            self._line.sent()
        self._feed.settled(claim, outcome)
