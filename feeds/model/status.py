"""Enhanced status codes (RFC 3463): whom one blames, said in a reply or in a report."""

from __future__ import annotations

import re
from enum import Enum

from feeds.model.noun import dataclass

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")


class Blame(Enum):
    """Whom a failure is about."""

    ADDRESS = "address"
    """There is no such mailbox, or nobody has it any more: it is never mailed again."""
    SENDER = "sender"
    """We are not wanted, or not trusted: nothing against the reader."""
    MESSAGE = "message"
    """Its size or its content."""
    NOBODY = "nobody"
    """Anything else: a mailbox that is full, a server that is ill."""


@dataclass(frozen=True, slots=True)
class Status:
    """Class, subject and detail."""

    level: int
    """2, 4 or 5."""
    subject: int = 0
    detail: int = 0

    @classmethod
    def find(cls, text: str) -> Status | None:
        """The first one in the text; numbers of other kinds, such as IP addresses, are none."""
        found = _STATUS.search(text)
        return cls(*map(int, found.groups())) if found else None

    @property
    def blame(self) -> Blame:
        """Whom it blames, of class 5."""
        match self.subject, self.detail:
            case (7, _) | (1, 7) | (1, 8):  # security and policy; the sender's own address
                return Blame.SENDER
            case (1, _) | (2, 1):  # addressing; a mailbox that was disabled
                return Blame.ADDRESS
            case (6, _) | (3, 4) | (2, 3):  # content; too big for the system, for the mailbox
                return Blame.MESSAGE
            case _:
                return Blame.NOBODY

    def __str__(self) -> str:
        return f"{self.level}.{self.subject}.{self.detail}"
