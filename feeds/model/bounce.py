"""Reports about mail that a server took and that came back, and complaints."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from feeds.model.noun import dataclass
from feeds.model.status import Blame, Status


class BounceKind(StrEnum):
    """What a report makes of the reader's address."""

    HARD = "hard"
    """Nobody is there: it is suppressed."""
    SOFT = "soft"
    """It did not work this time; it is suppressed once it has not for long."""
    REFUSED = "refused"
    """We or the message were refused, by policy: nothing against the reader."""
    COMPLAINT = "complaint"
    """The reader called it spam: it is suppressed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says, whoever it is about."""

    kind: BounceKind
    status: str = ""
    """The enhanced status code; of a complaint its type."""
    diagnostic: str = ""
    """The server's words in one line: not ours, and no more than words."""


def failed(status: Status, diagnostic: str = "") -> Report:
    """The report of a mail that was not delivered, by its status."""
    kinds = {
        Blame.ADDRESS: BounceKind.HARD,
        Blame.SENDER: BounceKind.REFUSED,
        Blame.MESSAGE: BounceKind.REFUSED,
        Blame.NOBODY: BounceKind.SOFT,
    }
    kind = kinds[status.blame] if status.level == 5 else BounceKind.SOFT
    return Report(kind, str(status), diagnostic)


@dataclass(frozen=True, slots=True)
class Past:
    """A mail that a reader was sent."""

    sent: datetime
    bounced: BounceKind | None = None


ISSUES = 5
"""Issues in a row that came back before an address counts as gone …"""

SPAN = timedelta(days=14)
"""… sent over at least two weeks: a mailbox that is full for a holiday has room again after it."""

_UNDER_WAY = timedelta(days=5)
"""Servers try for up to five days (RFC 5321 §4.5.4.1): a mail that is older and did not come back arrived."""

_FORGOTTEN = timedelta(days=90)
"""What came back before then says nothing of today."""


def worn_out(past: Iterable[Past], now: datetime) -> bool:
    """Whether so many issues in a row came back softly, newest first, that the address is given up.

    One that arrived in between ends the row; so does time.
    """
    soft: list[datetime] = []
    for mail in past:
        if now - mail.sent > _FORGOTTEN or (mail.bounced is None and now - mail.sent > _UNDER_WAY):
            break
        if mail.bounced is BounceKind.SOFT:
            soft.append(mail.sent)
    return len(soft) >= ISSUES and max(soft) - min(soft) >= SPAN


class Receipt(StrEnum):
    """What became of a mail that came in."""

    HARD = "hard"
    SOFT = "soft"
    REFUSED = "refused"
    COMPLAINT = "complaint"
    AGAIN = "again"
    """Its like was recorded before."""
    TEST = "test"
    """It is about a test mail: reports find their way."""
    NO_TOKEN = "no_token"  # noqa: S105  # the name of an outcome
    """Nothing in it is of our making."""
    NO_READER = "no_reader"
    """It is about a mail to somebody who is not known any more."""
    NO_FAILURE = "no_failure"
    """It tells of a delay or of a delivery, or that a mail is no spam."""
    NO_REPORT = "no_report"
    """It is no report: an answer by hand or by a robot."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a mail that came in, and for whom."""

    receipt: Receipt
    issue: int = 0
    """0 for a notice, and where it is not known."""
    subscriber: int = 0
    status: str = ""
    suppressed: bool = False
    """Whether the address is never mailed again because of it."""


@dataclass(frozen=True, slots=True)
class BounceLine:
    """A report that was recorded."""

    at: datetime
    email: str
    issue: int
    """0: a notice."""
    kind: BounceKind
    status: str
    diagnostic: str
    suppressed: bool
    """Whether the address is never mailed now."""
