"""Subscribers and what they chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeds.model.address import EmailAddress

EVERYTHING = "*"
"""The topic that stands for every category, future ones too."""


class Cadence(StrEnum):
    """How often a subscriber wants mail."""

    EACH = "each"
    DAILY = "daily"
    WEEKLY = "weekly"


class SubscriberState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, order=True)
class Topic:
    """A category that a subscriber chose, and since when it counts."""

    slug: str
    """The slug of a category, or ``EVERYTHING``."""
    since: int
    """Posts with a sequence number up to this one are not new under this topic."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a subscriber chose."""

    topics: tuple[Topic, ...]
    cadence: Cadence
    language: str
    """``ja`` or ``en``: the language of the texts around the posts."""
    hour: int
    """Local hour, 0 to 23, at which daily and weekly mail is due."""
    weekday: int
    """0 is Monday; used by weekly mail."""
    zone: str
    """IANA name."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom the links in a mail belong to."""

    key: int
    generation: int
    email: EmailAddress


@dataclass(frozen=True, slots=True)
class Subscriber:
    """An address that asked for mail."""

    key: int
    email: EmailAddress
    name: str
    state: SubscriberState
    subscription: Subscription
    watermark: int
    """Posts with a sequence number up to this one were delivered, or came before the confirmation."""
    active_since: datetime | None
    """Confirmation, or the last change of cadence, hour, weekday or zone: earlier slots are not theirs."""
    generation: int
    """Raised when the address changes, so that older links stop working."""
    created: datetime

    @property
    def bearer(self) -> Bearer:
        return Bearer(self.key, self.generation, self.email)
