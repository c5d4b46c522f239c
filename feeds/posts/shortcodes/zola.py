"""Zola's shortcodes: ``{{ name(key="value") }}``, and ``{% name(…) %}`` around text up to ``{% end %}``."""

from __future__ import annotations

import re

from feeds.posts.shortcodes import known
from feeds.posts.shortcodes.arguments import Arguments, arguments
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.walk import MAX_OPEN, Walk

_VALUES = r"((?:\"(?:[^\"\\]|\\.){0,4000}\"|'[^']{0,4000}'|`[^`]{0,4000}`|[^\"'`()])*)"
_SINGLE = re.compile(rf"\{{\{{-?\s*([A-Za-z_]\w*)\s*\({_VALUES}\)\s*-?\}}\}}", re.DOTALL)
_PAIRED = re.compile(rf"\{{%-?\s*([A-Za-z_]\w*)\s*\({_VALUES}\)\s*-?%\}}", re.DOTALL)
_END = re.compile(r"\{%-?\s*end\s*-?%\}")
_ESCAPED = re.compile(r"(\{\{|\{%)/\*(.{0,4000}?)\*/(\}\}|%\})", re.DOTALL)


class Zola(Walk):
    """One walk over a body with Zola's shortcodes in it; other braces are text to Zola."""

    openers = r"\{\{|\{%"

    def __init__(self, text: str, page: Page, *, markdown: bool = True) -> None:
        super().__init__(text, markdown=markdown)
        self.page = page
        self._open: list[tuple[str, Arguments]] = []

    def in_code(self, code: str) -> str:
        return _ESCAPED.sub(r"\1\2\3", code) if "/*" in code else code

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        if escaped := _ESCAPED.match(self.text, start):
            return escaped.expand(r"\1\2\3"), escaped.end()
        if single := _SINGLE.match(self.text, start):
            return self._single(single)
        if paired := _PAIRED.match(self.text, start):
            return self._begin(paired)
        if ended := _END.match(self.text, start):
            name, values = self._open.pop() if self._open else ("", Arguments((), {}))
            return self.block(known.closing(name, values), start, ended.end()), ended.end()
        return sign[0], sign.end()

    def _single(self, found: re.Match[str]) -> tuple[str, int]:
        start, end = found.span()
        name = known.name_of(found[1])
        if shown := known.single(name, arguments(found[2])):
            return self.block(shown, start, end), end
        if name not in known.QUIET:
            self.page.leave_out(found[0])
        return self.nothing(start, end)

    def _begin(self, found: re.Match[str]) -> tuple[str, int]:
        start, end = found.span()
        name, values = known.name_of(found[1]), arguments(found[2])
        self._open.append((name, values))
        opened = known.opening(name, values, self.page) if len(self._open) <= MAX_OPEN else ""
        if not opened:
            self.page.leave_out(found[0], but="the text in it")
        return self.block(opened, start, end), end
