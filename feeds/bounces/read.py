"""The door: a mail that came to the address for bounces, and what it says."""

from __future__ import annotations

from feeds.bounces import delivery_status, feedback
from feeds.bounces.mime import Part, leaves, take_apart
from feeds.bounces.plain import read_plain
from feeds.model.bounce import Receipt, Report
from feeds.model.noun import dataclass

_RECIPIENT = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "to")
"""Where servers write whom the envelope named."""

_RETURNED = frozenset({"message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global"})
_MOST = 30
"""Places that are looked at."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that came in. Nothing in it is verified."""

    report: Report | None
    why_not: Receipt
    """Why it is no report, where it is none."""
    recipients: tuple[str, ...]
    """Texts with the address that it came to."""
    senders: tuple[str, ...]
    """Texts with the envelope's sender of the mail that comes back."""
    message_ids: tuple[str, ...] = ()
    """Of the mail that comes back."""
    ways_out: tuple[str, ...] = ()
    """List-Unsubscribe of the mail that comes back (RFC 2369, RFC 8058)."""


def read(mail: bytes) -> Incoming:
    """What the mail says. Never raises: whatever it is, it is at least no report."""
    whole = take_apart(mail)
    parts = list(leaves(whole))
    returned = [_mail_in(part) for part in parts if part.media_type in _RETURNED]
    claimed = [
        text for part in parts if part.media_type == feedback.TYPE for text in feedback.claimed_sender(part)
    ]
    report, why_not = _report(whole, parts)
    return Incoming(
        report,
        why_not,
        _few(whole.values(*_RECIPIENT)),
        _few([*claimed, *(value for mail in returned for value in mail.values("return-path"))]),
        _few([value for mail in returned for value in mail.values("message-id")]),
        _few([value for mail in returned for value in mail.values("list-unsubscribe")]),
    )


def _report(whole: Part, parts: list[Part]) -> tuple[Report | None, Receipt]:
    for part in parts:
        if part.media_type == feedback.TYPE:
            return feedback.read_feedback(part), Receipt.NO_FAILURE
    for part in parts:
        if part.media_type in delivery_status.TYPES:
            return delivery_status.read_status(part), Receipt.NO_FAILURE
    texts = [part.text for part in parts if part.media_type == "text/plain"]
    return read_plain(whole, texts), Receipt.NO_REPORT


def _mail_in(part: Part) -> Part:
    return take_apart(part.content.lstrip(b"\r\n"))


def _few(texts: list[str]) -> tuple[str, ...]:
    return tuple(texts[:_MOST])
