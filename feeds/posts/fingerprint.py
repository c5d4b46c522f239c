"""By what the content of a file is known again, wherever it lies."""

from __future__ import annotations

import hashlib
import re

_OPENED = re.compile(rb"(?:\xef\xbb\xbf)?\s*(---|\+\+\+)[ \t]*\r?\n")
_CLOSED = re.compile(rb"[ \t]*\r?\n\s*")
LONGEST_FRONT_MATTER = 16384
"""Bytes of the longest front matter that a fingerprint tells from the body."""


def fingerprint(data: bytes) -> str:
    """The SHA-256 of the body of a file, a colon, and that of what stands above it; each cut to 32 digits.

    Where there is no fenced front matter or nothing behind it, nothing stands before the colon.
    """
    start = _body_start(data)
    above = hashlib.sha256(data[:start]).hexdigest()[:32]
    body = hashlib.sha256(memoryview(data)[start:]).hexdigest()[:32] if start < len(data) else ""
    return f"{body}:{above}"


def _body_start(data: bytes) -> int:
    """Where the body begins behind fenced front matter; the end of the file where there is none."""
    opened = _OPENED.match(data)
    if opened is None:
        return len(data)
    fence = b"\n" + opened[1]
    last = opened.end() + LONGEST_FRONT_MATTER + len(opened[1])
    place = data.find(fence, opened.end() - 1, last)
    while place >= 0:
        if closed := _CLOSED.match(data, place + len(fence)):
            return closed.end()
        place = data.find(fence, place + 1, last)
    return len(data)
