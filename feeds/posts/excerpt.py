"""The few sentences that stand for a post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from feeds.posts.plain import text_of

if TYPE_CHECKING:
    from feeds.posts.fields import Value
    from feeds.posts.shortcodes.page import Page

WIDTH = 240
"""Columns of an excerpt: four lines of 30 Japanese characters, or about 40 English words."""

_LOOKED_AT = (5_000, 24_000)
"""Characters of HTML in which the excerpt is looked for; the second number where the first is not enough."""
_LONGEST_MARKED = 3 * WIDTH
"""Columns that an excerpt may have where the author marked its end."""

_MORE = re.compile(r"<!--\s*(?:more|More|MORE|truncate)\s*-->")
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})", re.MULTILINE)
_DEFINITION = re.compile(r"^ {0,3}\[[^\]\n]+\]:.+$", re.MULTILINE)
_NO_PROSE = re.compile(
    r"<(pre|table|h[1-6]|figure|aside|nav|header|audio|video|rt|rp)\b.*?</\1>|"
    r"<sup\b[^>]*><a\b[^>]*>[^<]*</a></sup>",  # a footnote's number
    re.DOTALL,
)
_CAPTION = re.compile(r"<img\b[^<>]*>(?:</a>)?\s*(?:<br>\s*)?<em>[^<]*</em>")
_BESIDE = re.compile(r"<(blockquote|details)\b.*?</\1>|<p><code>[^<]*</code></p>", re.DOTALL)
"""What may stand in an excerpt only where there is nothing else."""
_LONE_LINK = re.compile(r"\s*<a\b[^<>]*>[^<]*</a>\s*")
_FOOTNOTES = '<section class="footnotes"'
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
_LONE_URL = re.compile(r"https?://\S+", re.ASCII)
_BREAK = re.compile(r"<br>|</(?:li|p|dd|dt|div|blockquote)>")
_SENTENCE_ENDS = frozenset("。！？!?.…‥")
_OPENING = frozenset("「『（〈《【〔［｛(“[{")
_CLOSING = frozenset("」』）〉》】〕］｝)”]}")
_SIGNS = re.compile("[" + re.escape("".join(sorted(_SENTENCE_ENDS | _OPENING | _CLOSING))) + "]")
_NEVER_FIRST = frozenset("、。，．！？」』）〉》】〕］｝ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々ゝヽ・：；％")
_JOINING = frozenset({"Mn", "Me", "Mc", "Cf"})
_ZERO_WIDTH_JOINER = "\u200d"


def excerpt_of(html: str, title: str = "") -> str:
    """The beginning of a post's prose, cut at a sentence end, without the title if the body repeats it."""
    return cut(_prose(html, title), WIDTH)


def marked_part(text: str, separator: str = "") -> str:
    """The part of a body above ``<!--more-->`` or the separator, and the link definitions below; or empty."""
    places = []
    if "<" in text and "<!--" in text:
        places = _outside_code(text, (found.start() for found in _MORE.finditer(text)))
    if separator and separator in text:
        places += _outside_code(text, (found.start() for found in re.finditer(re.escape(separator), text)))
    if not places:
        return ""
    head, tail = text[: min(places)], text[min(places) :]
    definitions = "\n".join(_DEFINITION.findall(tail)) if "[" in head else ""
    return f"{head}\n\n{definitions}" if head.strip() else ""


def _outside_code(text: str, places: Iterator[int]) -> list[int]:
    """The first of these places that is in no fenced block, if one of the first few is."""
    first = (
        at
        for at in islice(places, 20)
        if text[at - 1 : at] != "`" and len(_FENCE.findall(text, 0, at)) % 2 == 0
    )
    return list(islice(first, 1))


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
    if text[: columns + 1].isascii():
        return min(len(text), columns)
    taken = 0
    for index, character in enumerate(text):
        taken += _columns(character)
        if taken > columns:
            return index
    return len(text)


def _sentence_end(text: str, limit: int) -> int:
    """The place behind the last sentence that ends within the limit and outside brackets; 0 if none does."""
    depth, end = 0, 0
    for sign in _SIGNS.finditer(text, 0, limit):
        index, character = sign.start(), sign[0]
        following = text[index + 1] if index + 1 < len(text) else " "
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth = max(0, depth - 1)
            if depth == 0 and index and text[index - 1] in _SENTENCE_ENDS and following not in _SENTENCE_ENDS:
                end = index + 1 if following.isspace() or not following.isascii() else end
        elif depth == 0 and character in _SENTENCE_ENDS and following not in _SENTENCE_ENDS | _CLOSING:
            end = index + 1 if ord(character) > 0x7F or following.isspace() else end
    while end and end < len(text) and _clusters(text, end):  # a selector of how the sign looks
        end += 1
    return end if end <= limit else 0


def _word_end(text: str, limit: int) -> int:
    """The last place up to the limit that is inside no word or grapheme, and behind no opening bracket."""
    end = limit
    while end > 0 and (_clusters(text, end) or _joins(text, end)):
        end -= 1
    while end > 0 and text[end - 1] in _OPENING:
        end -= 1
    if not end:  # one word that is longer than fits
        end = limit
        while end > 0 and _clusters(text, end):
            end -= 1
    return end


def _clusters(text: str, at: int) -> bool:
    """Whether the characters on both sides of a place are one to a reader (UAX #29, near enough)."""
    before, after = text[at - 1], text[at]
    if after < "\u0300":
        return before == _ZERO_WIDTH_JOINER
    if unicodedata.category(after) in _JOINING or before == _ZERO_WIDTH_JOINER:
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff":  # skin tones
        return True
    return "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"  # flags


def _joins(text: str, at: int) -> bool:
    """Whether no line is broken between the characters beside a place (UAX #14, near enough)."""
    before, after = text[at - 1], text[at]
    if before.isascii() and after.isascii():
        return before.isalnum() and after.isalnum()
    letters = before.isalpha() and after.isalpha() and _columns(before) == 1 == _columns(after)
    return letters or after in _NEVER_FIRST


def _prose(html: str, title: str) -> str:
    told = ""
    for characters in _LOOKED_AT:
        head = _head(html, characters)
        prose = (found[1] for found in _PARAGRAPH.finditer(head) if not _LONE_LINK.fullmatch(found[1]))
        paragraphs = (text for paragraph in prose if (text := _text(paragraph)))
        told = _joined(
            (text for text in paragraphs if text != title and not _LONE_URL.fullmatch(text)), WIDTH
        )
        if len(told) > WIDTH or len(html) <= characters:
            break
    return told or _joined(_pieces(head), WIDTH)


def _head(html: str, characters: int) -> str:
    """The beginning of the HTML without what is no prose."""
    head = html[:characters]
    if len(html) > characters:  # what is cut within ends here
        head = head[: head.rfind("<")]
        for opening in ("<pre", "<table", "<figure", "<aside"):
            last = head.rfind(opening)
            if last > head.rfind(f"</{opening[1:]}>"):
                head = head[:last]
    head = _NO_PROSE.sub("", head.partition(_FOOTNOTES)[0])
    head = _CAPTION.sub("", head) if "<img" in head else head
    without = _BESIDE.sub("", head)
    return without if "<p>" in without else head


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


def separated(body: str, separator: Value | None, page: Page) -> str:
    """The excerpt above a separator that a post's own front matter names."""
    part = marked_part(body, separator if isinstance(separator, str) else "")
    if not part:
        return ""
    from feeds.posts.characters import clean
    from feeds.posts.markdown import to_html
    from feeds.posts.sanitise import sanitise
    from feeds.posts.shortcodes.expand import expand

    return marked_excerpt(sanitise(to_html(expand(clean(part), page)), page.url))
