"""What kramdown and Python-Markdown read otherwise than CommonMark: lone tags, and ``:::python`` above code.

To CommonMark a line with nothing but ``<br>`` begins a block of HTML, and what stands below it is no Markdown
(§4.6, the seventh kind). To the others that is so only for tags that are blocks.
"""

from __future__ import annotations

import re

from feeds.posts.shortcodes.signs import SPAN_TAG
from feeds.posts.shortcodes.walk import Walk

_HEADER = re.compile(r":::[A-Za-z][\w+#.-]{0,40}[ \t]*(?:hl_lines=[^\n]*)?", re.ASCII)


class SpanTags(Walk):
    """One walk over a body in which a tag of a span begins no block, wherever it stands."""

    openers = SPAN_TAG

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        end = self.text.find("\n", start)
        end = len(self.text) if end < 0 else end
        line = self.text[start:end].rstrip()
        return (f"{line}<!---->" if not self.before(start).strip(" >") else line), end


class Highlighted(Walk):
    """One walk over a body whose indented code says its language in the first line, as codehilite has it."""

    openers = ":::(?=[A-Za-z])"

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        return sign[0], sign.end()

    def in_code(self, code: str) -> str:
        return "" if _HEADER.fullmatch(code) else code
