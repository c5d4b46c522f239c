"""Bounces for people only: qmail's, and those of some Japanese carriers and companies.

Only a mail of a mail server's own name is one: what a person or an answering machine sends to the same
address has another sender, and what it says in numbers is not about a delivery.
"""

from __future__ import annotations

import re

from feeds.bounces.mime import Part
from feeds.bounces.words import one_line, tells_nobody
from feeds.model.bounce import Report, failed
from feeds.model.status import Status

_SERVERS = re.compile(r"\b(mailer-daemon|postmaster|mail-daemon|mdaemon)@", re.IGNORECASE)
_LARGEST = 20_000
"""Characters that are looked at: the reason stands before the mail that comes back."""

_RETURNED = re.compile(
    r"^(-+ ?(original message|below this line is a copy|the header of the original|returned message)"
    r"|(received|return-path|dkim-signature): ).*",
    re.IGNORECASE | re.MULTILINE,
)
"""Where the mail that comes back begins: its words are no reason."""

_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?:[ -](?!\d)| *$)", re.MULTILINE)
_DELAYED = re.compile(
    r"(?:will|is) (?:continue|keep|still|be) ?(?:to )?(?:try|retri|re-?attempt)", re.IGNORECASE
)
"""That it is not over yet."""


def read_plain(mail: Part, texts: list[str]) -> Report | None:
    """The report that the text of a mail server's mail is; None where it is somebody else's."""
    if not any(_SERVERS.search(value) for value in mail.values("from")):
        return None
    text = "\n".join(texts)[:_LARGEST]
    returned = _RETURNED.search(text)
    reason = text[: returned.start()] if returned else text
    if not reason.strip() or _DELAYED.search(reason):
        return None
    return failed(_status(reason), _line(reason))


def _status(text: str) -> Status:
    status = Status.find(text)
    if status is not None and status.level != 2:
        return status
    reply = _REPLY.search(text)
    if reply is not None and reply[1] == "4":
        return Status(4)
    return Status(5, 1, 1) if tells_nobody(text) else Status(5)


def _line(text: str) -> str:
    """The line that gives the reason, as far as one can see."""
    lines = text.split("\n")
    for tells in (tells_nobody, _REPLY.search, Status.find):
        for line in lines:
            if tells(line):
                return one_line(line)
    return ""
