"""MDX: imports, expressions and components go, what is between components stays.

Nothing is executed, so what a component would have shown is known for the few in ``known`` only.
"""

from __future__ import annotations

import re

from feeds.posts.shortcodes import known
from feeds.posts.shortcodes.arguments import Arguments
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.walk import MAX_OPEN, IndentedCode, Walk

_MODULE = re.compile(
    r"import\s*(?:[\w*{][^\n]*|['\"][^\n]*)|export\s+(?:const|let|var|function|default|class|async|type|\{|\*)[^\n]*"
)
_NAME = re.compile(r"<(/?)\s*([A-Za-z][\w.:-]*)?")
_PROPERTY = re.compile(
    r"([A-Za-z_][\w-]*)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|\{\s*(?:\"([^\"{}]*)\"|'([^'{}]*)'|`([^`{}$]*)`)\s*\})"
)
_BRACED = re.compile(r"[A-Za-z_][\w:-]*\s*=\s*\{")
_LITERAL = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`$]*)`)\s*")
_TITLE = re.compile(r"\s*(?:frontmatter|props|metadata|meta)\.title\s*")
_MORE = re.compile(r"\s*/\*\s*(?:more|truncate)\s*\*/\s*")
_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})")
_LONGEST = 20_000


class Components(Walk):
    """One walk over the body of an MDX file."""

    openers = r"import\b|export\b|\\\{|\{|</?[A-Z][\w.]*|</?>|<[a-z][\w-]*(?=\s[^<>]{0,4000}=\s*\{)"
    has_indented_code = False

    def __init__(self, text: str, page: Page) -> None:
        super().__init__(text)
        self.page = page
        self._open: list[tuple[str, Arguments]] = []
        self._hopeless = len(text) + 1  # from here on no brace is closed

    def run(self) -> str:
        """The text without components; what they indented is no code."""
        return _outdented(super().run())

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start, opener = sign.start(), sign[0]
        if opener in {"import", "export"}:
            return (opener, sign.end()) if self.before(start) else self._module(start, sign.end())
        if opener == "\\{":
            return "{", sign.end()
        if opener == "{":
            return self._expression(start)
        if opener in {"<>", "</>"}:
            return "", sign.end()
        end = self._end(start, ">")
        if end < 0:
            return opener, sign.end()
        return self._element(start, end)

    def _module(self, start: int, word_end: int) -> tuple[str, int]:
        """A statement of JavaScript: up to the blank line that ends it."""
        if not _MODULE.match(self.text, start):
            return self.text[start:word_end], word_end
        at, limit = start, min(len(self.text), start + _LONGEST)
        while at < limit:
            blank = self.text.find("\n\n", at)
            end = len(self.text) if blank < 0 else blank
            statement = self.text[start:end]
            if blank < 0 or statement.count("{") <= statement.count("}"):
                return "", end
            at = blank + 2
        return self.text[start:word_end], word_end

    def _expression(self, start: int) -> tuple[str, int]:
        end = self._end(start, "")
        if end < 0:
            return "{", start + 1
        inner = self.text[start + 1 : end - 1]
        if literal := _LITERAL.fullmatch(inner):
            return next(text for text in literal.groups() if text is not None), end
        if _TITLE.fullmatch(inner):
            return self.page.title, end
        if _MORE.fullmatch(inner):
            return "<!--more-->", end
        if not inner.strip().startswith("/*"):
            self.page.leave_out(self.text[start:end])
        return self.nothing(start, end)

    def _element(self, start: int, end: int) -> tuple[str, int]:
        written = self.text[start:end]
        found = _NAME.match(written)
        name = known.name_of((found[2] or "").rpartition(".")[2]) if found else ""
        if found and found[2] and found[2][0].islower():  # HTML whose attributes are JavaScript
            return _plain_attributes(written), end
        if found and found[1]:
            return self._close(name, start, end)
        values = _properties(written)
        single = written.endswith("/>")
        if not single and len(self._open) < MAX_OPEN and (opened := known.opening(name, values, self.page)):
            self._open.append((name, values))
            return self.block(opened, start, end), end
        if shown := known.single(name, values):
            return self.block(shown, start, end), end
        self.page.leave_out(written, but="" if single else "the text in it")
        return self.nothing(start, end)

    def _close(self, name: str, start: int, end: int) -> tuple[str, int]:
        if self._open and self._open[-1][0] == name:
            _, values = self._open.pop()
            return self.block(known.closing(name, values), start, end), end
        return self.nothing(start, end)

    def _end(self, start: int, closer: str) -> int:
        """Behind the brace that closes the first, or behind a ``>`` outside braces and quotes; -1 if none."""
        if start >= self._hopeless:
            return -1
        depth, at, limit = 0, start, min(len(self.text), start + _LONGEST)
        signs = _SIGNS
        while found := signs.search(self.text, at, limit):
            at, sign = found.end(), found[0]
            if sign == "{":
                depth += 1
            elif sign == "}":
                depth -= 1
                if depth <= 0 and not closer:
                    return at
            elif sign == ">" and closer and depth <= 0:
                return at
            elif sign in {'"', "'", "`"} and (depth or closer):
                closed = self.text.find(sign, at, min(limit, at + 2000))
                at = closed + 1 if closed >= 0 else at
        self._hopeless = start
        return -1


_SIGNS = re.compile(r"[{}>\"'`]")


def _properties(written: str) -> Arguments:
    """The values of a component that are plain text."""
    named = {name.lower(): "".join(values) for name, *values in _PROPERTY.findall(written)}
    return Arguments((), named)


def _plain_attributes(written: str) -> str:
    """A tag with the attributes that are text."""
    found = re.match(r"<[\w-]+", written)
    head = found[0] if found else "<span"
    kept = "".join(f' {name}="{"".join(values)}"' for name, *values in _PROPERTY.findall(written))
    return head + kept + ("/>" if written.endswith("/>") else ">")


def _outdented(text: str) -> str:
    """The text with what would be indented code moved to the margin."""
    if "\n    " not in text and "\n\t" not in text:
        return text
    indented, lines, place, fence, cut = IndentedCode(text), [], 0, "", 0
    for line in text.split("\n"):
        is_code = indented.end(place)
        place += len(line) + 1
        opened = _FENCE.match(line)
        if fence:
            lines.append(line[min(cut, len(line) - len(line.lstrip(" \t"))) :])
            if opened and opened[2].startswith(fence):
                fence = ""
        elif opened:
            fence, cut = opened[2], len(opened[1]) if is_code else 0
            lines.append(line[cut:])
        else:
            lines.append(line.lstrip(" \t") if is_code else line)
    return "\n".join(lines)
