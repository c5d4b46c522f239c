"""Hugo's shortcodes: ``{{< name … >}}`` and ``{{% name … %}}``, single or around text."""

from __future__ import annotations

import re

from feeds.posts.shortcodes import known
from feeds.posts.shortcodes.arguments import Arguments, arguments
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.pieces import code_block
from feeds.posts.shortcodes.references import named
from feeds.posts.shortcodes.walk import MAX_OPEN, Walk

_TAG = re.compile(
    r"\{\{([<%])\s*(/?)\s*([\w./-]+)"
    r"((?:\"(?:[^\"\\]|\\.){0,4000}\"|`[^`]{0,4000}`|[^\"`>%{]|>(?!\}\})|%(?!\}\})|\{(?!\{[<%]))*)[>%]\}\}",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\{\{([<%])/\*(.{0,4000}?)\*/([>%])\}\}", re.DOTALL)
_REFERENCES = frozenset({"ref", "relref"})


class Hugo(Walk):
    """One walk over a body with Hugo's shortcodes in it."""

    openers = r"\{\{[<%]"

    def __init__(self, text: str, page: Page, *, markdown: bool = True) -> None:
        super().__init__(text, markdown=markdown)
        self.page = page
        self._open: list[tuple[str, Arguments]] = []
        self._ends: dict[str, int] = {}

    def in_code(self, code: str) -> str:
        return _ESCAPED.sub(r"{{\1\2\3}}", code) if "/*" in code else code

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        if escaped := _ESCAPED.match(self.text, start):
            return f"{{{{{escaped[1]}{escaped[2]}{escaped[3]}}}}}", escaped.end()
        found = _TAG.match(self.text, start)
        if not found:
            return sign[0], sign.end()
        name, end = known.name_of(found[3]), found.end()
        if found[2]:
            return self._close(name, start, end)
        written = found[4].rstrip()
        single = written.endswith("/")
        values = arguments(written.removesuffix("/"))
        return self._open_one(found, name, values, paired=not single and self._is_closed(found[3], end))

    def _open_one(
        self, found: re.Match[str], name: str, values: Arguments, *, paired: bool
    ) -> tuple[str, int]:
        start, end = found.span()
        if name in _REFERENCES:
            return self._address(values, found[0]), end
        if paired and "encrypt" in name:  # readable on the site with a password alone
            self.page.leave_out(found[0])
            return self.nothing(start, self._end_of(found[3], end))
        if paired and name in known.VERBATIM:
            return self._verbatim(found[3], name, values, end)
        if paired and len(self._open) < MAX_OPEN and (opened := known.opening(name, values, self.page)):
            self._open.append((name, values))
            return self.block(opened, start, end), end
        if shown := known.single(name, values):
            return self.block(shown, start, end), end
        if name == "param" and values.get("name", place=0) == "title":
            return self.page.title, end
        if name not in known.QUIET:
            self.page.leave_out(found[0], but="the text in it" if paired else "")
        return self.nothing(start, end)

    def _verbatim(self, written: str, name: str, values: Arguments, start: int) -> tuple[str, int]:
        closed = re.compile(rf"\{{\{{[<%]\s*/\s*{re.escape(written)}\s*[>%]\}}\}}").search(self.text, start)
        if not closed:
            return "", start
        language = (
            values.get("lang", "language", place=0) if name in {"highlight", "code", "codeblock"} else name
        )
        language = language if re.fullmatch(r"[\w+#.-]*", language) else ""
        code = self.in_code(self.text[start : closed.start()])
        return code_block(code, language, markdown=self.markdown), closed.end()

    def _end_of(self, written: str, start: int) -> int:
        """Behind the tag that closes a shortcode, which is there."""
        closed = re.compile(rf"\{{\{{[<%]\s*/\s*{re.escape(written)}\s*[>%]\}}\}}").search(self.text, start)
        return closed.end() if closed else len(self.text)

    def _close(self, name: str, start: int, end: int) -> tuple[str, int]:
        if self._open and self._open[-1][0] == name:
            _, values = self._open.pop()
            return self.block(known.closing(name, values), start, end), end
        return self.nothing(start, end)

    def _is_closed(self, written: str, after: int) -> bool:
        if written not in self._ends:
            pattern = re.compile(rf"\{{\{{[<%]\s*/\s*{re.escape(written)}\s*[>%]\}}\}}")
            ends = [found.start() for found in pattern.finditer(self.text)]
            self._ends[written] = ends[-1] if ends else -1
        return self._ends[written] >= after

    def _address(self, values: Arguments, snippet: str) -> str:
        written = values.get("path", place=0)
        if written.startswith("#"):
            return self.page.url + written
        name, fragment = named(written, self.page)
        found = self.page.find(name, snippet)
        return found + fragment if found else ""
