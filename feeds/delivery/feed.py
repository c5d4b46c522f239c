"""What a session asks of the engine: messages one by one, and who hears what became of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from feeds.delivery.ledger import Claim, Ref
from feeds.model.message import Message, Outcome

Told = Callable[[bool], None]
"""Hears, once a post is durable, whether its intent stands."""


class Feed(Protocol[Ref]):
    """The messages of a run, for one session. Nothing in here waits."""

    @property
    def ending(self) -> bool:
        """Whether no further intent may be asked for."""
        ...

    @property
    def trusting(self) -> bool:
        """Whether intents stand usually, so that an envelope may go ahead of its own."""
        ...

    @property
    def within(self) -> float:
        """Seconds after asking for an intent in which the final dot may be written.

        Later somebody else may have taken the message over. Counted by ``boot_time``.
        """
        ...

    def take(self) -> tuple[Claim[Ref], Message] | None:
        """The next message that is at hand; None where there is none, or none may begin here."""
        ...

    def give_back(self, claim: Claim[Ref]) -> None:
        """Takes back a claim of which no intent was asked for."""
        ...

    def post(self, outcome: tuple[Ref, Outcome] | None, intent: Ref | None, told: Told) -> None:
        """Records the outcome of one message and the intent for another, in one commit."""
        ...

    def skipped(self, claim: Claim[Ref]) -> None:
        """Hears that an intent does not stand."""
        ...

    def settled(self, claim: Claim[Ref], outcome: Outcome) -> None:
        """Hears what became of a message whose intent stood; the outcome is posted afterwards."""
        ...

    def proven(self) -> None:
        """Hears that the server gave a message a proper reply, and that the connection still stands."""
        ...


def untold(_: bool) -> None:
    """Hears nothing: there was no intent."""


def refuse(feed: Feed[Any], claim: Claim[Any], outcome: Outcome) -> None:
    """Records as an attempt what is never offered to the server."""

    def told(stands: bool) -> None:
        if stands:
            feed.settled(claim, outcome)
            feed.post((claim.ref, outcome), None, untold)
        else:
            feed.skipped(claim)

    feed.post(None, claim.ref, told)


class Single:
    """A feed of one message that no ledger knows of; its intent stands."""

    ending = False
    trusting = True
    within = float("inf")

    def __init__(self, message: Message) -> None:
        self._claim = Claim(0, 0, lambda: message)
        self._message: Message | None = message
        self.outcome: Outcome | None = None

    def take(self) -> tuple[Claim[int], Message] | None:
        message, self._message = self._message, None
        return None if message is None else (self._claim, message)

    def give_back(self, claim: Claim[int]) -> None:
        """Keeps nothing."""

    def post(self, outcome: tuple[int, Outcome] | None, intent: int | None, told: Told) -> None:
        told(intent is not None)

    def skipped(self, claim: Claim[int]) -> None:
        """Cannot be."""

    def settled(self, claim: Claim[int], outcome: Outcome) -> None:
        self.outcome = outcome

    def proven(self) -> None:
        """Counts nothing."""
