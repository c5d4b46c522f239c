"""The first words of a mail, as a mail program's list shows them after the subject."""

from __future__ import annotations

from html import unescape

import nh3

from feeds.demo.mailbox import Reading

_LETTERS = 160
_LOOKED_AT = 30_000
"""Characters of the HTML; styles stand before the words."""

_FILLER = "\u034f"
"""Ends a preheader: mails repeat it, so that nothing of the mail itself follows in the list."""


def teaser(reading: Reading) -> str:
    """The mail's preheader; else its first words, without the text part's addresses and rules."""
    html = nh3.clean(reading.html[:_LOOKED_AT], tags=set(), clean_content_tags={"script", "style", "title"})
    words = " ".join(unescape(html).partition(_FILLER)[0].split())
    return (words or _first_lines(reading.text))[:_LETTERS]


def _first_lines(text: str) -> str:
    lines = (line.strip() for line in text[:2000].splitlines())
    told = [line for line in lines if "://" not in line and any(c.isalnum() for c in line)]
    return " ".join(" ".join(told).split())
