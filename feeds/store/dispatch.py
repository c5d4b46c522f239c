"""What a run of delivering asks of the ledger and of the outbox, whichever database they are in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection

from feeds.model.issue import DeliveryState, Ref
from feeds.store.ledger import Due, Settlement
from feeds.store.notices import NoticeSettlement


class Dispatch(ABC):
    """The ledger for one run: only one process of a state folder has it at a time."""

    within = float("inf")
    """Seconds from asking for an intent to the final dot: later another node may take the message over."""

    apart = False
    """Whether deliveries may be claimed while others are committed, in a thread of its own."""

    @abstractmethod
    def claiming(self, *, reserves: bool) -> AbstractContextManager[Connection]:
        """A transaction in which deliveries are claimed; ``reserves``: and the limits' mails reserved."""

    @abstractmethod
    def due(self, connection: Connection, after: Ref, limit: int, real_now: datetime) -> list[Due]:
        """The next deliveries of open issues behind this one; nobody else has them from then on.

        An empty list means that there are no more. Whoever is known to get nothing any more is passed over.
        """

    @abstractmethod
    def give_back(self, connection: Connection, refs: Iterable[Ref]) -> None:
        """Lets others have what was claimed and not begun."""

    @abstractmethod
    def commit(self, settlements: Sequence[Settlement], intents: Sequence[Ref], now: datetime) -> set[Ref]:
        """Stores the outcomes, makes the intents inflight, and returns those that stand; in one transaction.

        The watermark moves of every reader who has the post, or may have it. Whoever unsubscribed, was
        erased or was suppressed before this transaction gets a final state instead of the message, and so
        does who unsubscribed and confirmed anew since the issue was composed: their watermark has passed
        it. Deliveries of a paused issue stay as they are.
        """

    @abstractmethod
    def commit_notices(self, settlements: Sequence[NoticeSettlement], intents: Sequence[int]) -> set[int]:
        """The same for the outbox."""

    @abstractmethod
    def recover(self, state: DeliveryState, reply: str, now: datetime) -> int:
        """Settles what was left in flight by who sends nothing any more; returns how many that were."""

    @abstractmethod
    def anything_due(self, real_now: datetime) -> bool:
        """Whether a run would find something to send or to settle."""

    def close(self) -> None:  # noqa: B027  # most keep nothing in mind
        """Ends the run: what it still kept in mind is written."""
