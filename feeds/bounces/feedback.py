"""Feedback reports (RFC 5965): somebody pressed "this is spam"."""

from __future__ import annotations

from feeds.bounces.mime import Part, fields_of
from feeds.model.bounce import BounceKind, Report

TYPE = "message/feedback-report"

_COMPLAINTS = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list"})
"""Others say that a mail is no spam (RFC 6430), or tell of a failed signature (RFC 6591)."""


def read_feedback(part: Part) -> Report | None:
    """The complaint; None where it is none."""
    kind = dict(reversed(fields_of(part.content.replace(b"\r\n", b"\n")))).get("feedback-type", "").lower()
    return Report(BounceKind.COMPLAINT, kind) if kind in _COMPLAINTS else None


def claimed_sender(part: Part) -> list[str]:
    """The envelope's sender, as the reporter saw it."""
    fields = fields_of(part.content.replace(b"\r\n", b"\n"))
    return [value for name, value in fields if name == "original-mail-from"]
