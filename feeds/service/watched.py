"""The database and the transport with somebody who counts at the door."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from feeds.delivery.session import Session
from feeds.model.message import Deferred, Message, Outcome, Refused, Rejected, Sent, Unknown
from feeds.service.vitals import Vitals

if TYPE_CHECKING:
    from feeds.delivery.feed import Feed
    from feeds.delivery.ledger import Claim
    from feeds.delivery.transport import Transport
    from feeds.store.database import Database

Begin = Callable[[], "AbstractContextManager[Any]"]

_NAMES: dict[type[Outcome], str] = {
    Sent: "sent",
    Deferred: "deferred",
    Rejected: "rejected",
    Refused: "refused",
    Unknown: "unknown",
}


def watch_writes(database: Database, vitals: Vitals) -> Database:
    """The same database; each write transaction is timed, from asking for its turn to the commit."""
    for name in database.transactions:
        setattr(database, name, _timed(getattr(database, name), vitals))
    return database


def _timed(begin: Begin, vitals: Vitals) -> Begin:
    @contextmanager
    def timed() -> Iterator[Any]:
        started = time.monotonic()
        try:
            with begin() as connection:
                yield connection
        except BaseException:
            vitals.count("rollbacks")
            raise
        vitals.took(time.monotonic() - started, "commit")

    return timed


class WatchedTransport:
    """A transport that counts its connections and what became of each message."""

    def __init__(self, transport: Transport, vitals: Vitals) -> None:
        self._transport, self._vitals = transport, vitals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def local(self) -> bool:
        return self._transport.local

    async def connect(self) -> WatchedSession:
        """A new session. Raises what the transport raises."""
        try:
            session = await self._transport.connect()
        except Exception:
            self._vitals.count("connections", "failed")
            raise
        self._vitals.count("connections", "made")
        self._vitals.open_connections += 1
        return WatchedSession(session, self._vitals)


class WatchedSession(Session):
    """One of its sessions."""

    def __init__(self, session: Session, vitals: Vitals) -> None:
        self._session, self._vitals = session, vitals
        self._open = True

    @property
    def usable(self) -> bool:
        return self._session.usable

    async def run(self, feed: Feed[Any]) -> str:
        """Sends what the feed has, and counts what became of each message."""
        lost = await self._session.run(_WatchedFeed(feed, self._vitals))
        self._look()
        return lost

    async def send(self, message: Message) -> Outcome:
        """Sends the message, and counts what became of it."""
        outcome = await self._session.send(message)
        self._vitals.attempted(_NAMES[type(outcome)], outcome.reply)
        self._look()
        return outcome

    async def close(self) -> None:
        """Ends the session."""
        try:
            await self._session.close()
        finally:
            self._ended()

    def _look(self) -> None:
        if not self._session.usable:
            self._ended()

    def _ended(self) -> None:
        if self._open:
            self._open = False
            self._vitals.open_connections -= 1


class _WatchedFeed:
    """A feed whose outcomes are counted."""

    def __init__(self, feed: Feed[Any], vitals: Vitals) -> None:
        self._feed, self._vitals = feed, vitals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    def settled(self, claim: Claim[Any], outcome: Outcome) -> None:
        """Counts it, and tells the feed."""
        self._vitals.attempted(_NAMES[type(outcome)], outcome.reply)
        self._feed.settled(claim, outcome)
