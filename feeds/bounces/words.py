"""Somebody else's words, for people to read."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\s\ud800-\udfff]+")
_LONGEST = 500


def one_line(text: str) -> str:
    """The text in one line of bounded length, without control characters."""
    return _UNPRINTABLE.sub(" ", text[: 4 * _LONGEST]).strip()[:_LONGEST]
