"""Somebody else's words."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\s\ud800-\udfff]+")
_LONGEST = 500

_NOBODY = re.compile(
    r"user unknown|unknown user|no such user|no mailbox here by that name|unknown (?:or illegal )?recipient"
    r"|invalid recipient|(?:user|recipient|mailbox) not found"
    r"|(?:user|mailbox|account|recipient)\b[^\n]{0,60} does(?:n't| not) exist"
    r"|(?:宛先|アドレス|ユーザー|受信者)(?:は|が)(?:存在しません|見つかりません|不明です)",
    re.IGNORECASE,
)


def one_line(text: str) -> str:
    """The text in one line of bounded length, without control characters."""
    return _UNPRINTABLE.sub(" ", text[: 4 * _LONGEST]).strip()[:_LONGEST]


def tells_nobody(text: str) -> bool:
    """Whether a server that gives no enhanced status says in words that nobody is there."""
    return _NOBODY.search(text) is not None
