"""Delivery status notifications (RFC 3464): what a server says for programs to read."""

from __future__ import annotations

import re

from feeds.bounces.mime import Part, fields_of
from feeds.bounces.words import one_line, tells_nobody
from feeds.model.bounce import Report, failed
from feeds.model.status import Status

TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})  # RFC 6533 §3

_MOST = 20
"""Recipients that are looked at: each of our mails has one, which others may have forwarded to several."""

_BLANK = re.compile(rb"\n[ \t]*\n")


def read_status(part: Part) -> Report | None:
    """What became of the first recipient whose delivery failed; None where none did."""
    for block in _BLANK.split(part.content.replace(b"\r\n", b"\n"), maxsplit=_MOST)[:_MOST]:
        fields = dict(reversed(fields_of(block)))  # of several with one name the first
        if fields.get("action", "").split(" ")[0].lower() == "failed":
            diagnostic = fields.get("diagnostic-code", "")
            return failed(_status(fields.get("status", ""), diagnostic), one_line(diagnostic))
    return None


def _status(said: str, diagnostic: str) -> Status:
    """The status, or a more telling one in the words of the server that refused."""
    status = Status.find(said)
    if status is None or (status.subject, status.detail) == (0, 0):
        status = Status.find(diagnostic) or status
    if status is None or status.level == 2:  # failed, and well?
        status = Status(5)
    vague = (status.level, status.subject, status.detail) == (5, 0, 0)
    return Status(5, 1, 1) if vague and tells_nobody(diagnostic) else status
