"""Short texts that have to fit: one line, a number of columns."""

from __future__ import annotations

import re
import unicodedata

_UNWANTED = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]+")
"""Blanks, and what neither a header field nor HTML may hold."""

_JOINER = "\u200d"


def one_line(text: str) -> str:
    """The text with every run of blanks, line ends and control characters as one space."""
    return _UNWANTED.sub(" ", text).strip()


def cut(text: str, columns: int) -> str:
    """The text if it fits, else its beginning with an ellipsis; a Japanese character takes two columns."""
    if 2 * len(text) <= columns or _width(text) <= columns:
        return text
    end, used = 0, 2  # the ellipsis is wide in Japanese fonts
    while (used := used + _width(text[end])) <= columns:
        end += 1
    while end and _continues(text[end - 1], text[end]):
        end -= 1  # what readers see as one character stays whole
    return text[:end].rstrip(" 　、,・") + "…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _continues(before: str, after: str) -> bool:
    skin_tone = "\U0001f3fb" <= after <= "\U0001f3ff"
    return _JOINER in (before, after) or skin_tone or unicodedata.category(after)[0] == "M"
