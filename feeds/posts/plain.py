"""Plain text out of one-liners with markup, and out of HTML."""

from __future__ import annotations

import re
from html import unescape

_SIGNS = re.compile(r"[<&*_`\[~\\\n\t\u3000]|  ")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|br|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|quote|"
    r"rp|rt|ruby|s|samp|script|small|span|strike|strong|style|sub|sup|time|tt|u|ul|var|wbr)"
    r"(?:\s[^<>]{0,2000})?/?>|<!--[^<>]{0,2000}-->",
    re.IGNORECASE,
)
_READINGS = re.compile(r"<(rt|rp)\b[^>]{0,200}>[^<]{0,200}</\1>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^>]*>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s+\"[^\"]{0,500}\")?\)")
_CODE = re.compile(r"(?<![`\\])(`{1,3})(?!`)([^`]{1,500})(?<!`)\1(?!`)")
_KEPT = "\ufdd0"
"""Stands for code while the text around it is read; no text keeps such a character here."""
_STRONG = re.compile(
    r"(?<!\*)\*\*(?!\s|\*)([^*]{1,500}?)(?<!\s)\*\*(?!\*)|(?<!\w)__(?!\s|_)([^_]{1,500}?)(?<!\s)__(?!\w)"
)
_EMPHASIS = re.compile(r"(?<![\w*])\*(?![\s*])([^*]{1,500}?)(?<!\s)\*(?![\w*])")
_STRUCK = re.compile(r"~~(?!\s)([^~]{1,500}?)(?<!\s)~~")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_WIDE = "\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef"
_WIDE_BREAK = rf"(?<=[{_WIDE}])[ \t]*\n\s*(?=[{_WIDE}])"
"""Compiled for those who need it: it takes 3 ms."""


def plain(text: str) -> str:
    """A title or an excerpt from front matter, its HTML and Markdown taken off, on one line.

    What readers see of the feeds of jekyll-feed and Hugo: ``Q&amp;A`` reads ``Q&A``. But what stands in
    backticks speaks of its signs, and keeps them.
    """
    if not _SIGNS.search(text):
        return text.strip()
    kept: list[str] = []
    if "`" in text:
        text = text.replace(_KEPT, "")
        kept = [found[2] for found in _CODE.finditer(text)]
        text = _CODE.sub(_KEPT, text)
    text = _LINK.sub(r"\1", _TAG.sub("", _READINGS.sub("", text)))
    text = _STRONG.sub(lambda found: found[1] or found[2], text)
    text = _STRUCK.sub(r"\1", _EMPHASIS.sub(r"\1", text))
    text = _ESCAPE.sub(r"\1", _ENTITY.sub(lambda found: unescape(found[0]), text))
    for code in kept:
        text = text.replace(_KEPT, code, 1)
    return one_line(text)


def text_of(html: str) -> str:
    """The text of sanitised HTML, on one line."""
    return one_line(unescape(_ANY_TAG.sub("", html)))


def one_line(text: str) -> str:
    """The text with every run of blanks as one, and none where a line of Japanese was broken."""
    if "\n" in text:
        text = re.sub(_WIDE_BREAK, "", text)
    return " ".join(text.split())
