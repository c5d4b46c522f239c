"""Lists of attributes in braces, and signs that ask for a table of contents: nothing for feeds."""

from __future__ import annotations

import re

from feeds.posts.shortcodes.walk import Walk

_LIST = re.compile(r"\{:{1,2}/?(?:[^{}\n]|\n(?![ \t]*\n)){0,200}\}")
_CONTENTS = re.compile(r"[-*+1][^\n]{0,200}\n\{:[ \t]*toc[^{}\n]{0,200}\}")
_TO_LINE_END = r"[^{}\n]{0,200}\}[ \t]*(?=\n|$)"
_AT_LINE_END = re.compile(r"\{[ \t]*[#.][\w-]" + _TO_LINE_END)
_UNDERLINE = re.compile(r"\n {0,3}(?:=+|-+)[ \t]*(?:\n|$)")
_TOC = re.compile(r"\[{1,2}_?(?:toc|TOC)_?\]{1,2}[ \t]*(?=\n|$)")


class Attributes(Walk):
    """One walk over a body of any dialect: what stands behind headings and on lines of its own."""

    openers = r"\{(?=[ \t]*[#.][\w-]" + _TO_LINE_END + r")|\[\[?(?=_?(?:toc|TOC)_?\])"

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        before = self.before(start)
        if sign[0][0] == "[":
            found = None if before.strip() else _TOC.match(self.text, start)
        else:
            found = _AT_LINE_END.match(self.text, start)
            in_text = found and before and not before.startswith("#")
            if found and in_text and not _UNDERLINE.match(self.text, found.end()):
                found = None
        return ("", found.end()) if found else (sign[0], sign.end())


class Kramdown(Walk):
    """One walk over a body of Jekyll's: ``{: .class}`` and the like wherever they stand."""

    openers = r"\{:|[-*+1](?=[^\n]{0,200}\n\{:[ \t]*toc)"

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        if sign[0] != "{:":
            found = _CONTENTS.match(self.text, start) if not self.before(start) else None
        else:
            found = _LIST.match(self.text, start)
        return ("", found.end()) if found else (sign[0], sign.end())
