"""The few sentences that stand for a post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from feeds.posts.fields import Value
from feeds.posts.plain import text_of

WIDTH = 240
"""Columns of an excerpt: four lines of 30 Japanese characters, or about 40 English words."""

_LOOKED_AT = 24_000
"""Characters of HTML in which the excerpt is looked for."""
_LONGEST_MARKED = 3 * WIDTH
"""Columns that an excerpt may have where the author marked its end."""

_MORE = re.compile(r"<!--\s*more\s*-->", re.IGNORECASE)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:.+$", re.MULTILINE)
_NO_PROSE = re.compile(
    r"<(pre|table|h[1-6]|figure|aside|nav|header|audio|video|rt|rp)\b.*?</\1>|"
    r"<sup\b[^>]*><a\b[^>]*>[^<]*</a></sup>",  # a footnote's number
    re.DOTALL,
)
_FOOTNOTES = '<section class="footnotes"'
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_LONE_URL = re.compile(r"https?://\S+", re.ASCII)
_BREAK = re.compile(r"<br>|</(?:li|p|dd|dt|div|blockquote)>")
_SENTENCE_ENDS = frozenset("。！？!?.…‥")
_OPENING = frozenset("「『（〈《【〔［｛(“[{")
_CLOSING = frozenset("」』）〉》】〕］｝)”]}")
_ZERO_WIDTH_JOINER = "\u200d"


def excerpt_of(html: str, title: str = "") -> str:
    """The beginning of a post's prose, cut at a sentence end, without the title if the body repeats it."""
    return cut(_prose(html, title), WIDTH)


def marked_part(text: str, separator: str = "") -> str:
    """The part of a body above ``<!--more-->`` or the separator, and the link definitions below; or empty."""
    places = [found.start()] if (found := _MORE.search(text)) else []
    if separator and (at := text.find(separator)) >= 0:
        places.append(at)
    if not places:
        return ""
    head, tail = text[: min(places)], text[min(places) :]
    definitions = "\n".join(_DEFINITION.findall(tail)) if "[" in head else ""
    return f"{head}\n\n{definitions}" if head.strip() else ""


def marked_excerpt(html: str) -> str:
    """The text of the part that the author marked, cut only if it is very long."""
    return cut(_joined(_pieces(_NO_PROSE.sub("", html)), _LONGEST_MARKED), _LONGEST_MARKED)


def cut(text: str, columns: int) -> str:
    """The text within so many columns: up to the last sentence end, else up to a word, with ``…``."""
    characters = _fitting(text, columns)
    if characters == len(text):
        return text
    end = _sentence_end(text, characters)
    if end and width(text[:end]) * 5 >= columns * 2:
        return text[:end]
    return text[: _word_end(text, _fitting(text, columns - 2))].rstrip() + "…"


def width(text: str) -> int:
    """The columns that a text takes up (UAX #11): two for wide characters, none for marks that join."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _fitting(text: str, columns: int) -> int:
    """How many characters fit."""
    taken = 0
    for index, character in enumerate(text):
        taken += _columns(character)
        if taken > columns:
            return index
    return len(text)


def _sentence_end(text: str, limit: int) -> int:
    """The place behind the last sentence that ends within the limit and outside brackets; 0 if none does."""
    depth, end = 0, 0
    for index in range(limit):
        character = text[index]
        following = text[index + 1] if index + 1 < len(text) else " "
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
            if depth == 0 and index and text[index - 1] in _SENTENCE_ENDS and following not in _SENTENCE_ENDS:
                end = index + 1 if following.isspace() or not following.isascii() else end
        elif depth == 0 and character in _SENTENCE_ENDS and following not in _SENTENCE_ENDS | _CLOSING:
            end = index + 1 if ord(character) > 0x7F or following.isspace() else end
    return end


def _word_end(text: str, limit: int) -> int:
    """The last place up to the limit that is inside no word or grapheme, and behind no opening bracket."""
    end = limit
    while end > 0 and _joins(text, end):
        end -= 1
    while end > 0 and text[end - 1] in _OPENING:
        end -= 1
    return end or limit


def _joins(text: str, at: int) -> bool:
    """Whether the characters on both sides of a place belong together (UAX #29, near enough)."""
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return before.isalnum() and after.isalnum()
    if unicodedata.category(after) in {"Mn", "Me", "Mc", "Cf"} or before == _ZERO_WIDTH_JOINER:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin tones
        return True
    flags = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    letters = before.isalpha() and after.isalpha() and _columns(before) == 1 == _columns(after)
    return flags or letters or after in "、。，．！？」』）"


def _prose(html: str, title: str) -> str:
    head = html[:_LOOKED_AT].partition(_FOOTNOTES)[0]
    head = _NO_PROSE.sub("", head[: head.rfind("<")] if len(html) > _LOOKED_AT else head)
    paragraphs = (text for found in _PARAGRAPH.finditer(head) if (text := _text(found[1])))
    told = _joined((text for text in paragraphs if text != title and not _LONE_URL.fullmatch(text)), WIDTH)
    return told or _joined(_pieces(head), WIDTH)


def _pieces(html: str) -> Iterator[str]:
    return (text for piece in _BREAK.split(html) if (text := _text(piece)))


def _text(html: str) -> str:
    return text_of(_BREAK.sub("\n", html))


def _joined(pieces: Iterator[str], columns: int) -> str:
    """The pieces one after the other until they are more than fits; no blank between Japanese sentences."""
    told = ""
    for piece in pieces:
        glue = "" if not told or (told[-1] in _SENTENCE_ENDS and ord(told[-1]) > 0x7F) else " "
        told += glue + piece
        if len(told) > columns:
            break
    return told


def separated(body: str, separator: Value | None, *, templated: bool) -> str:
    """The excerpt above a separator that a post's own front matter names."""
    part = marked_part(body, separator if isinstance(separator, str) else "")
    if not part:
        return ""
    from feeds.posts.markdown import to_html
    from feeds.posts.templating_tags import remove_tags

    return marked_excerpt(to_html(remove_tags(part) if templated else part))
