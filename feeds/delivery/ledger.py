"""What the engine asks of the store, and what it reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from typing import Generic, Protocol, TypeVar

from feeds.model.message import Message, Outcome
from feeds.model.noun import dataclass

Ref = TypeVar("Ref", bound=Hashable)
"""How the ledger names a delivery or a notice; the engine only hands it back."""


@dataclass(frozen=True, slots=True)
class Claim(Generic[Ref]):
    """A delivery that is ours to make."""

    ref: Ref
    issue: Hashable
    """What a policy rejection stops: the issue's key, or one for all notices."""
    build: Callable[[], Message] = field(repr=False)
    """Makes the message, the same bytes each time; called in the event loop, again if it was given back."""
    domain: str = ""
    """The recipient's, for limits of what is under way to one."""


@dataclass(frozen=True, slots=True)
class Later:
    """There is something to send, and a limit lets none of it go for so many seconds."""

    seconds: float


class Ledger(Protocol[Ref]):
    """The deliveries of all issues. Synchronous; the engine calls it from a thread of its own.

    From two where it may be ``apart``: one claims, one commits.
    """

    def claim(self, limit: int) -> Sequence[Claim[Ref]] | Later:
        """The next deliveries that are due, each ref at most once in a run; empty when there are no more.

        A claim that never becomes an intent stays as it was, and a later run gets it again.
        """
        ...

    def commit(self, outcomes: Sequence[tuple[Ref, Outcome]], intents: Sequence[Ref]) -> AbstractSet[Ref]:
        """Records the outcomes and makes the intents durable, in one transaction.

        Returns the refs whose intent stands: nobody unsubscribed, was suppressed or cancelled since
        the claim, and the issue is not paused. A Refused outcome pauses its issue. When it raises,
        nothing of the call is taken to have happened; outcomes may be handed in a second time.
        """
        ...


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run did, in messages and in commits."""

    sent: int = 0
    deferred: int = 0
    rejected: int = 0
    refused: int = 0
    unknown: int = 0
    skipped: int = 0
    """Claims whose intent the ledger refused."""
    commits: int = 0
    paused: frozenset[Hashable] = frozenset()
    """Issues that a policy rejection stopped."""
    relays: Mapping[str, int] = field(default_factory=dict)
    """What each relay took, where there are several."""
    trouble: str = ""
    """Why the relay was given up, or empty; what was not sent is still the ledger's."""

    def __add__(self, later: Tally) -> Tally:
        """What two runs did, one after the other."""
        return Tally(
            sent=self.sent + later.sent,
            deferred=self.deferred + later.deferred,
            rejected=self.rejected + later.rejected,
            refused=self.refused + later.refused,
            unknown=self.unknown + later.unknown,
            skipped=self.skipped + later.skipped,
            commits=self.commits + later.commits,
            paused=self.paused | later.paused,
            relays=dict(Counter(self.relays) + Counter(later.relays)),
            trouble=later.trouble,
        )
