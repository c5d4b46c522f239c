"""The relays of a run: whose turn a connection is, and what becomes of those of one that fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from feeds.delivery.relay import Relay
from feeds.delivery.shares import Claimant, shares
from feeds.delivery.transport import Transport

_RETRY = 60
"""A relay that was given up is tried again after so many times the pause of a first reconnection."""
_DOUBLINGS = 4
"""How often that wait is doubled."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """A relay, and how much of a run it is to carry."""

    transport: Transport
    name: str = "relay"
    """For tallies and logs; holds no secret."""
    weight: int = 1
    connections: int = 0
    """At most so many; 0 for what its weight gives it."""
    messages_per_connection: int = 0
    """After so many a connection is closed in good order; 0 for never."""


class Relays:
    """The relays, and how many lines each has and may have."""

    def __init__(self, routes: Sequence[Route], connections: int, *, pause: float) -> None:
        self._connections = connections
        self._pause = pause
        several = len(routes) > 1
        self._places = [Place(route, Relay(route.transport, pause=pause, hasty=several)) for route in routes]
        for place in self._places:
            place.relay.changed = self._share
        self._next_retry = float("inf")
        self._over = False
        self._moved = asyncio.Event()
        self._share()

    @property
    def trouble(self) -> str:
        """Why no relay is left, or empty."""
        troubles = [place.relay.trouble for place in self._places]
        return "; ".join(dict.fromkeys(troubles)) if all(troubles) else ""

    @property
    def sent(self) -> dict[str, int]:
        """What each relay took, where there are several."""
        return {place.route.name: place.sent for place in self._places} if len(self._places) > 1 else {}

    async def place(self) -> Place | None:
        """A relay that may have one more line, once there is one; None where there will be none."""
        while not self.trouble:
            self._look()
            for place in self._places:
                if place.lines < place.share:
                    place.lines += 1
                    return place
            if self._over:
                return None
            await self._change()
        return None

    def leave(self, place: Place) -> None:
        """A line of this relay goes to another, or ends."""
        place.lines -= 1
        self._wake()

    def crowded(self, place: Place) -> bool:
        """Whether one of the relay's lines should go to another: that one works again."""
        self._look()
        return place.lines > place.share

    def one_too_many(self, place: Place) -> None:
        """The relay takes no more connections than it has."""
        place.most = max(place.relay.live, 1)
        self._share()

    def end(self) -> None:
        """There is nothing more to send: nobody needs to wait for a place."""
        self._over = True
        self._wake()

    def _look(self) -> None:
        """Lets relays be tried again that were given up long enough ago."""
        if time.monotonic() >= self._next_retry:
            for place in self._places:
                if place.relay.trouble and time.monotonic() >= place.retry_at:
                    log.info("event=relay_tried_again relay=%s", place.route.name)
                    place.relay.trouble = ""
            self._share()

    def _share(self) -> None:
        """Shares the connections out anew, after a relay was given up or works again."""
        for place in self._places:
            place.notice(self._pause * _RETRY)
        found = shares(self._connections, [place.claimant for place in self._places])
        for place, share in zip(self._places, found, strict=True):
            place.share = share
        self._next_retry = min(
            (place.retry_at for place in self._places if place.relay.trouble), default=float("inf")
        )
        self._wake()

    async def _change(self) -> None:
        """Waits until a line may have found a place, or a relay is to be tried again."""
        wait = None if self._next_retry == float("inf") else max(self._next_retry - time.monotonic(), 0.0)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), wait)

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


@dataclass(slots=True)
class Place:
    """A relay as the run uses it."""

    route: Route
    relay: Relay
    lines: int = 0
    share: int = 0
    sent: int = 0
    most: int = 0
    """What it was found to take; 0 for as many as it is given."""
    given_up: int = 0
    """How many times in a row."""
    retry_at: float = float("inf")

    def notice(self, wait: float) -> None:
        """Takes note that the relay was given up, or works again."""
        if self.relay.trouble and self.retry_at == float("inf"):
            self.retry_at = time.monotonic() + wait * 2 ** min(self.given_up, _DOUBLINGS)
            self.given_up += 1
        elif self.relay.works:
            self.given_up, self.retry_at = 0, float("inf")
        elif not self.relay.trouble:
            self.retry_at = float("inf")

    @property
    def claimant(self) -> Claimant:
        """What it may have: nothing while given up, and one connection until it has shown that it works."""
        if self.relay.trouble:
            return Claimant(self.route.weight, 0)
        if self.given_up:
            return Claimant(self.route.weight, 1)
        most = min(self.route.connections or 1_000_000, self.most or 1_000_000)
        return Claimant(self.route.weight, most)
