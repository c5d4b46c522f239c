"""Bold marks that no partner closes, taken out of Japanese text.

Text that was cut and joined again is full of them (96 posts of the magazine's 1,544). CommonMark shows them
as they are, which tells a reader nothing; ``char **argv``, ``2**10`` and ``/**/`` stay.
"""

from __future__ import annotations

import re

_CODE = re.compile(r"(<(pre|code|kbd|samp)\b.*?</\2>)", re.DOTALL)
_WIDE = "\u2026\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef"
_STRAY = re.compile(
    rf"(?<=[{_WIDE}>\n])\*\*(?![*/])|"  # behind Japanese, or where a line begins
    rf"(?<=[{_WIDE}][ \u3000])\*\*(?![*/\s])|"
    rf"(?<![*/])\*\*(?=[{_WIDE}<\n])"  # before Japanese, or where a line ends
)
_LEFT_EMPTY = re.compile(r"<(p|li|strong|em)>\s*</\1>\n?")


def drop_stray_marks(html: str) -> str:
    """Rendered HTML without lone ``**`` beside Japanese, or at the edge of a block, outside code."""
    if "**" not in html:
        return html
    pieces = _CODE.split(html)
    for index in range(0, len(pieces), 3):  # text, code, the code's tag, text, …
        if "**" in pieces[index]:
            pieces[index] = _LEFT_EMPTY.sub("", _STRAY.sub("", pieces[index]))
        if index + 2 < len(pieces):
            pieces[index + 2] = ""
    return "".join(pieces)
