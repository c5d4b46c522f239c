"""How long a post takes to read."""

from __future__ import annotations

import re

_CHARACTERS_A_MINUTE = 500
_WORDS_A_MINUTE = 220

_ANY_TAG = re.compile(r"<[^>]*>")
_ANY_TAG_IN_ASCII = re.compile(rb"<[^>]*>")
_WORD = r"[^\W_\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]+(?:['’-]\w+)*"
"""A pattern that few posts need: it is compiled for them."""


def minutes_of(html: str) -> int:
    """Minutes to read, at least 1: 500 characters of Japanese, 220 words of what is written with blanks."""
    plain = html.encode("ascii", "ignore")
    other = len(html) - len(plain)
    # in UTF-8, kana, kanji and hangul have three bytes; Latin with marks, Greek, Cyrillic and Arabic have two
    wide = len(html.encode("utf-8", "ignore")) - len(plain) - 2 * other
    if (other - wide) * 50 < len(html):
        words = len(_ANY_TAG_IN_ASCII.sub(b" ", plain).split())
    else:
        words = len(re.findall(_WORD, _ANY_TAG.sub(" ", html)))
    return max(1, round(wide / _CHARACTERS_A_MINUTE + words / _WORDS_A_MINUTE))
