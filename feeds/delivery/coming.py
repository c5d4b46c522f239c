"""What comes next over a stream: messages whose end was not written yet, the second one made ahead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from feeds.delivery.commands import unfit
from feeds.delivery.feed import Feed, refuse
from feeds.delivery.ledger import Claim
from feeds.model.message import Message, Outcome


class Intent(Enum):
    """What is known of an intent."""

    UNASKED = 1
    ASKED = 2
    STANDS = 3
    REFUSED = 4


@dataclass(slots=True)
class Coming:
    """A message whose final dot was not written yet."""

    claim: Claim[Any]
    message: Message
    intent: Intent = Intent.UNASKED
    asked_at: float = 0.0
    written: bool = False
    """Whether its envelope was."""
    answered: bool = False
    """Whether DATA was, with whatever."""
    go_ahead: bool = False
    begun: bool = False
    """Whether its body was written, all but the dot."""
    nobody: bool = False
    """Whether its recipient was refused."""
    outcome: Outcome | None = None
    """Why it was refused before its dot: the first reply that says so."""


class Ahead:
    """The messages of a feed, each made before it is asked for if there is time."""

    def __init__(self, feed: Feed[Any], largest: int) -> None:
        """``largest``: the octets of a message that the server takes, 0 for any."""
        self._feed = feed
        self._largest = largest
        self._made: Coming | None = None

    def take(self) -> Coming | None:
        """The next message that this server can be offered; None where there is none, or none may begin."""
        if self._feed.ending:
            self.give_back()
            return None
        self.make()
        coming, self._made = self._made, None
        return coming

    def make(self) -> None:
        """Makes the next message, unless it is made."""
        while self._made is None and (taken := self._feed.take()) is not None:
            claim, message = taken
            outcome = unfit(message, self._largest)
            if outcome is None:
                self._made = Coming(claim, message)
            else:
                refuse(self._feed, claim, outcome)

    def give_back(self) -> None:
        """Lets others have what was made and not taken."""
        made, self._made = self._made, None
        if made is not None:
            self._feed.give_back(made.claim)
