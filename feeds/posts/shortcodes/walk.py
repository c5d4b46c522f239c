"""Walking over a body once, past its code: fenced, indented, in backticks, and ``<pre>`` and ``<code>``."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

MAX_OPEN = 50
"""Blocks within each other that are rendered as such."""

# Every alternative begins with a plain character, so that the search skips all others quickly.
_CODE = r"``*|~~~~*|<(?=(?:pre|PRE|code|CODE|!--)(?![\w-]))|"
_HTML = r"<(?=(?:pre|PRE|code|CODE|!--)(?![\w-]))|"
_HTML_OPENING = re.compile(r"<(pre|code|!--)", re.IGNORECASE)
_HTML_ENDS = {
    "pre": re.compile("</pre>|</PRE>"),
    "code": re.compile("</code>|</CODE>"),
    "!--": re.compile("-->"),
}
_BEFORE_FENCE = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?")
_TICKS = re.compile("`+")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")
_QUOTED = re.compile(r"(?: {0,3}>[ \t]?)+")
_ITEM = re.compile(r"([-*+]|\d{1,9}[.)])(?:[ \t]|$)")
_NO_PARAGRAPH = re.compile(r"#{1,6}(?:\s|$)|(?:[-*_][ \t]*){3,}$|`{3,}|~{3,}")


@lru_cache(maxsize=32)
def _signs(openers: str, markdown: bool) -> re.Pattern[str]:
    return re.compile(f"{_CODE if markdown else _HTML}{openers}")


class Walk:
    """One pass of one notation over a body; what was looked for in vain is not looked for again."""

    openers = "(?!)"
    """What may begin a construct: a regular expression, each alternative with a plain character first."""
    has_indented_code = True

    def __init__(self, text: str, *, markdown: bool = True) -> None:
        self.text = text
        self.out: list[str] = []
        self.markdown = markdown
        self._absent: set[str] = set()
        self._indented = IndentedCode(text)
        self._paragraph_end = -1
        self._ticks: dict[int, list[int]] = {}

    def run(self) -> str:
        """The text with every construct replaced."""
        if not re.search(self.openers, self.text):
            return self.text
        signs, at = _signs(self.openers, self.markdown), 0
        while sign := signs.search(self.text, at):
            self.out.append(self.text[at : sign.start()])
            kept, at = self._at(sign)
            self.out.append(kept)
        self.out.append(self.text[at:])
        return "".join(self.out)

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        """What stands for the construct that begins at the sign, and where it ends."""
        raise NotImplementedError

    def in_code(self, code: str) -> str:
        """Code as it is kept."""
        return code

    def fence(self, before: str, opening: str) -> str:
        """The opening line of a fenced block as it is kept, given what stands before it on the line."""
        return opening

    # For notations ------------------------------------------------------------------------------

    def find(self, what: str, start: int) -> int:
        """Where the text is found next; -1 from the first time that it is not."""
        if what in self._absent:
            return -1
        found = self.text.find(what, start)
        if found < 0:
            self._absent.add(what)
        return found

    def search(self, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
        """The next match; None from the first time that there is none."""
        if pattern.pattern in self._absent:
            return None
        found = pattern.search(self.text, start)
        if found is None:
            self._absent.add(pattern.pattern)
        return found

    def before(self, place: int) -> str:
        """What stands on the line before a place."""
        return self.text[self.text.rfind("\n", 0, place) + 1 : place]

    def alone(self, start: int, end: int) -> bool:
        """Whether nothing else stands on the lines of a construct."""
        after = self.text.find("\n", end)
        rest = self.text[end : after if after >= 0 else len(self.text)]
        return not rest.strip() and not self.before(start).strip(" \t>")

    def block(self, html: str, start: int, end: int) -> str:
        """HTML in the place of a construct; on lines of its own it is a block, and Markdown goes on below."""
        return f"{html}\n\n" if self.alone(start, end) else html

    def nothing(self, start: int, end: int) -> tuple[str, int]:
        """Nothing in the place of a construct, and one blank instead of two."""
        if self.text[start - 1 : start] in {" ", "\u3000"} and self.text[end : end + 1] in {" ", "\u3000"}:
            return "", end + 1
        return "", end

    # Code ---------------------------------------------------------------------------------------

    def _at(self, sign: re.Match[str]) -> tuple[str, int]:
        first, start = sign[0][0], sign.start()
        if self.markdown and first in "`~" and (first == "`" or sign[0].startswith("~~~")):
            return self._fenced(sign) if len(sign[0]) > 2 else self._ticked(start, sign[0])
        if sign[0] == "<" and (opened := _HTML_OPENING.match(self.text, start)):
            closed = self.search(_HTML_ENDS[opened[1].lower()], opened.end())
            return self._code(start, closed.end() if closed else opened.end())
        if end := self._end_of_indented(start):
            return self._code(start, end)
        return self.replace(sign)

    def _end_of_indented(self, place: int) -> int:
        return self._indented.end(place) if self.markdown and self.has_indented_code else 0

    def _code(self, start: int, end: int) -> tuple[str, int]:
        return self.in_code(self.text[start:end]), end

    def _fenced(self, sign: re.Match[str]) -> tuple[str, int]:
        """Up to the closing line, or the end of the text: an open fence runs on (CommonMark §4.5)."""
        fence, start = sign[0], sign.start()
        line_end = self.text.find("\n", sign.end())
        line_end = len(self.text) if line_end < 0 else line_end
        before = self.before(start)
        if not _BEFORE_FENCE.fullmatch(before) or (
            fence[0] == "`" and "`" in self.text[sign.end() : line_end]
        ):
            return self._ticked(start, fence) if fence[0] == "`" else (fence, sign.end())
        if self._end_of_indented(start):
            return self.text[start:line_end], line_end
        closing = re.compile(rf"^[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE)
        closed = closing.search(self.text, line_end)
        code, end = self._code(line_end, closed.end() if closed else len(self.text))
        return self.fence(before, self.text[start:line_end]) + code, end

    def _ticked(self, start: int, ticks: str) -> tuple[str, int]:
        """Up to as many backticks, or only the opening ones where nothing closes them in the paragraph."""
        at = start + len(ticks)
        places = self._runs(at).get(len(ticks), [])
        index = bisect_left(places, at)
        return self._code(start, places[index] + len(ticks)) if index < len(places) else (ticks, at)

    def _runs(self, place: int) -> dict[int, list[int]]:
        """Where the runs of backticks of each length begin in the paragraph that the place is in."""
        if place > self._paragraph_end:
            blank = _BLANK_LINE.search(self.text, place)
            self._paragraph_end = blank.start() if blank else len(self.text)
            self._ticks = {}
            for run in _TICKS.finditer(self.text, place, self._paragraph_end):
                self._ticks.setdefault(run.end() - run.start(), []).append(run.start())
        return self._ticks


class IndentedCode:
    """Where code stands that only its indentation marks; asked for places in ascending order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = 0  # where the first line begins that was not looked at
        self._after_blank = True
        self._line_end = 0
        self._code = False
        self._contents: list[int] = []  # columns where the texts of open list items begin

    def end(self, place: int) -> int:
        """The end of the line if it is indented code that the place is in, else 0."""
        while self._next <= place:
            end = self._text.find("\n", self._next)
            end = len(self._text) if end < 0 else end
            self._read(self._text[self._next : end])
            self._line_end, self._next = end, end + 1
        return self._line_end if self._code else 0

    def _read(self, line: str) -> None:
        quoted = _QUOTED.match(line)
        line = (line[quoted.end() :] if quoted else line).expandtabs(4)
        text = line.lstrip(" ")
        if not text:
            self._after_blank = True
            return
        indent = len(line) - len(text)
        if self._after_blank:
            while self._contents and indent < self._contents[-1]:
                self._contents.pop()
        base = self._contents[-1] if self._contents else 0
        self._code = indent >= base + 4 and (self._after_blank or self._code)
        if self._code:
            self._after_blank = False
            return
        if item := _ITEM.match(text):
            while self._contents and indent < self._contents[-1]:
                self._contents.pop()
            self._contents.append(indent + item.end(1) + 1)
        self._after_blank = _NO_PARAGRAPH.match(text) is not None
