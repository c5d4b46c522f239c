"""Liquid, shortcodes and kramdown's attribute lists: taken out of a body, but for what stands in code.

What a generator would have put in their place is not known here. ``highlight`` becomes the code block that it
means, ``raw`` keeps what is in it, and the two filters that make addresses keep the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGN = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})|(?P<ticks>`+)|\{%|\{\{|\{:", re.MULTILINE)
_TAG = re.compile(r"\{%[-<]?\s*([\w-]+)\s*([\w+#.-]*)")
_ADDRESS = re.compile(r"\{\{-?\s*[\"']([^\"'{}]*)[\"']\s*\|\s*(?:relative_url|absolute_url|prepend:[^{}|]*)")
_RAW_TAG = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
_EMPTY_LINK = re.compile(r"(?<!!)\[([^\[\]\n]{1,500})\]\([ \t]*\)")
_ENDS = {name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}") for name in ("raw", "highlight", "comment")}


def has_tags(text: str) -> bool:
    """Whether there can be anything to take out."""
    return "{%" in text or "{{" in text or "{:" in text


def remove_tags(text: str, baseurl: str = "") -> str:
    """The text without template tags outside code; ``baseurl`` goes before the addresses of filters."""
    if not has_tags(text):
        return text
    removed = "".join(_Scanner(text, baseurl.rstrip("/")).pieces())
    return _EMPTY_LINK.sub(r"\1", removed)  # a link whose address was a tag


class _Scanner:
    """Walks over a text once; what was looked for in vain is not looked for again."""

    def __init__(self, text: str, baseurl: str) -> None:
        self.text = text
        self.baseurl = baseurl
        self.absent: set[str] = set()

    def pieces(self) -> Iterator[str]:
        """The parts of the text that stay, in order."""
        at = 0
        while sign := _SIGN.search(self.text, at):
            yield self.text[at : sign.start()]
            kept, at = self._at(sign)
            yield kept
        yield self.text[at:]

    def _at(self, sign: re.Match[str]) -> tuple[str, int]:
        """What stays of the construct that begins here, and where it ends."""
        if fence := sign["fence"]:
            return self._code(sign.start(), self._fence_end(sign.end(), fence))
        if ticks := sign["ticks"]:
            return self._code(sign.start(), self._ticks_end(sign.end(), ticks))
        if sign[0] == "{%":
            return self._tag(sign.start())
        if sign[0] == "{{":
            return self._output(sign.start())
        end = self.text.find("}", sign.start(), sign.start() + 200)
        if end < 0 or "\n" in self.text[sign.start() : end]:
            return "{:", sign.end()
        return "", end + 1

    def _code(self, start: int, end: int) -> tuple[str, int]:
        return _RAW_TAG.sub("", self.text[start:end]), end

    def _fence_end(self, start: int, fence: str) -> int:
        """The end of the closing line, or of the text: an open fence runs on (CommonMark §4.5)."""
        closing = re.compile(rf"^[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*$", re.MULTILINE)
        closed = closing.search(self.text, start)
        return closed.end() if closed else len(self.text)

    def _ticks_end(self, start: int, ticks: str) -> int:
        """The end of the code span, or of the opening ticks where nothing closes them in the paragraph."""
        paragraph = self._find("\n\n", start)
        paragraph = len(self.text) if paragraph < 0 else paragraph
        at = start
        while (at := self.text.find(ticks, at, paragraph)) >= 0:
            run = at
            while run < paragraph and self.text[run] == "`":
                run += 1
            if run - at == len(ticks):
                return run
            at = run
        return start

    def _tag(self, start: int) -> tuple[str, int]:
        end = self._find("%}", start)
        if end < 0:
            return "{%", start + 2
        end += 2
        named = _TAG.match(self.text, start, end)
        name = named[1] if named else ""
        if named is None or name not in _ENDS:
            return "", end
        closed = None if name in self.absent else _ENDS[name].search(self.text, end)
        if closed is None:
            self.absent.add(name)
            return "", end
        return self._block(name, named[2], self.text[end : closed.start()]), closed.end()

    def _block(self, name: str, argument: str, inner: str) -> str:
        if name == "raw":
            return inner
        if name == "comment":
            return ""
        code = _RAW_TAG.sub("", inner).strip("\n")
        longest = max(map(len, re.findall("`+", code)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"\n\n{fence}{argument}\n{code}\n{fence}\n\n"

    def _output(self, start: int) -> tuple[str, int]:
        end = self._find("}}", start)
        if end < 0:
            return "{{", start + 2
        address = _ADDRESS.match(self.text, start, end)
        return (self.baseurl + address[1] if address else ""), end + 2

    def _find(self, what: str, start: int) -> int:
        if what in self.absent:
            return -1
        found = self.text.find(what, start)
        if found < 0:
            self.absent.add(what)
        return found
