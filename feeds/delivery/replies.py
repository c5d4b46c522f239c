"""What an SMTP reply means for the message: pure decisions."""

from __future__ import annotations

import re
from enum import Enum

from feeds.model.message import Deferred, Outcome, Refused, Rejected, Sent, Unknown
from feeds.model.status import Blame, Status

CLOSING = 421
"""The server closes the connection, at whatever command it stands (RFC 5321 §3.8)."""

TOO_LATE = Deferred("not sent: too late after its intent")
"""Somebody else may have taken the message over."""

_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}(?!\d)")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_LONGEST_REPLY = 500
"""Characters of a reply that are kept: enough to see why, and a bound for the ledger."""


class Phase(Enum):
    """Which command a reply answers; the value is its name in replies that we word ourselves."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "the body"
    DOT = "the final dot"
    EMPTY = "a dot without a message"
    RSET = "RSET"
    QUIT = "QUIT"


def judge(phase: Phase, code: int, text: str) -> Outcome | None:
    """What the reply makes of the message, or None where the conversation simply goes on.

    By the first digit, as RFC 5321 §4.3.2 asks; a code that cannot stand here is no answer at all
    (see ``broken``).
    """
    reply = clean(f"{code} {text}")
    match code // 100:
        case 2 if phase is Phase.DOT:
            return Sent(reply)
        case 2 if phase in {Phase.MAIL, Phase.RCPT}:
            return None
        case 3 if phase is Phase.DATA:
            return None
        case 4:
            return Deferred(reply)
        case 5:
            return _refusal(phase, code, text, reply)
        case _:
            return broken(phase, f"unexpected reply: {reply}")


def broken(phase: Phase, why: str) -> Deferred | Unknown:
    """The outcome when no reply came: certain before the final dot, unknown once it is written (RFC 1047)."""
    if phase is Phase.DOT:
        return Unknown(clean(f"no reply to the final dot: {why}"))
    return Deferred(clean(f"no reply to {phase.value}: {why}"))


def clean(text: str) -> str:
    """The text in one line of bounded length, without control characters or undecodable bytes."""
    if text.isascii() and text.isprintable() and "  " not in text:  # as nearly every reply
        return text.strip()[:_LONGEST_REPLY]
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _UNPRINTABLE.sub(" ", text).strip()[:_LONGEST_REPLY]


def _refusal(phase: Phase, code: int, text: str, reply: str) -> Rejected | Refused:
    """Whom a 5yz reply blames: the reader, the message, or us."""
    enhanced = _ENHANCED.match(text)
    blame = Status(*map(int, enhanced[0].split("."))).blame if enhanced else Blame.NOBODY
    # 5.1.7 and 5.1.8 blame the sender's address (RFC 3463 §3.2), and Postfix says so at RCPT, where
    # every reader would be suppressed for our mistake. 530 and 535: RFC 4954 §6.
    if blame is Blame.SENDER or code in {530, 535}:
        return Refused(reply)
    if phase is Phase.MAIL:  # no reader was named yet, so it cannot be the reader's fault
        return Refused(reply)
    return Rejected(reply, suppress=phase is Phase.RCPT and blame is Blame.ADDRESS)
