"""Slots, issues, editions and deliveries: what went out, to whom."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from feeds.model.noun import dataclass
from feeds.model.subscriber import Cadence


@dataclass(frozen=True, slots=True)
class Slot:
    """One scheduled moment of a cadence, for one choice of zone, hour and weekday."""

    cadence: Cadence
    zone: str
    hour: int
    weekday: int
    """0 is Monday; -1 for daily slots."""
    period: str
    """The local period: ``2026-11-23`` for a day, ``2026-W48`` for a week."""
    due: datetime


Ref = tuple[int, int]
"""A delivery: key of its issue, key of its subscriber."""


class DeliveryState(StrEnum):
    """Where a delivery stands; the last five are final."""

    PENDING = "pending"
    INFLIGHT = "inflight"
    DEFERRED = "deferred"
    SENT = "sent"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


OPEN_STATES = (DeliveryState.PENDING, DeliveryState.INFLIGHT, DeliveryState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Issue:
    """What went out for a slot, or for one moment of cadence ``each``."""

    key: int
    cadence: Cadence
    period: str
    due: datetime
    audience: int
    """How many deliveries it was composed with; never changes."""
    created: datetime


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A message with holes: shared by every reader of an edition.

    ``parts`` and ``holes`` alternate: part, hole, part, …, part. Each hole says in ASCII which value
    the splice puts there and how it is encoded; the parts are wire-ready: 7-bit, lines end in CRLF,
    and no line begins with a dot.
    """

    parts: tuple[bytes, ...]
    holes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """One rendering of an issue that readers share."""

    key: int
    issue: int
    language: str
    posts: tuple[int, ...]
    """Keys of the posts it shows, in order."""
    more: int
    """How many further posts it counts but does not show."""
    subject: str
    skeleton: Skeleton
