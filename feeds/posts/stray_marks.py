"""Bold marks that no partner closes, taken out of Japanese text.

Text that was cut and joined again is full of them (96 posts of the magazine's 1,544). CommonMark shows them
as they are, which tells a reader nothing; ``char **argv``, ``2**10`` and ``/**/`` stay.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(<(pre|code|kbd|samp)\b.*?</\2>)", re.DOTALL)
_MARKS = re.compile(r"\*{2,}")
_WIDE = (
    ("\u2026", "\u2026"),
    ("\u2e80", "\ua4cf"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\ufe30", "\ufe6f"),
    ("\uff00", "\uffef"),
)
"""The first and the last of each range; as a pattern they would take 5 ms to compile."""
_LEFT_EMPTY = re.compile(r"<(p|li|strong|em)>\s*</\1>\n?")


def drop_stray_marks(html: str) -> str:
    """Rendered HTML without lone ``**`` beside Japanese, or at the edge of a block, outside code."""
    if "**" not in html:
        return html
    pieces = _CODE.split(html)
    for index in range(0, len(pieces), 3):  # text, code, the code's tag, text, …
        if "**" in pieces[index]:
            pieces[index] = _LEFT_EMPTY.sub("", _MARKS.sub(_kept, pieces[index]))
        if index + 2 < len(pieces):
            pieces[index + 2] = ""
    return "".join(pieces)


def _kept(marks: re.Match[str]) -> str:
    """Nothing for two asterisks beside Japanese, or at the edge of a line; whatever else as it is."""
    text, start, end = marks.string, marks.start(), marks.end()
    before, after = text[max(0, start - 2) : start], text[end : end + 1]
    if len(marks[0]) > 2:
        return marks[0]
    if after not in {"*", "/"}:
        if before[-1:] in {">", "\n"} or _is_wide(before[-1:]):
            return ""
        if before[-1:] in {" ", "\u3000"} and _is_wide(before[:-1]) and not after.isspace():
            return ""
    if before[-1:] != "/" and (after in {"<", "\n"} or _is_wide(after)):
        return ""
    return marks[0]


def _is_wide(character: str) -> bool:
    return any(first <= character <= last for first, last in _WIDE)
