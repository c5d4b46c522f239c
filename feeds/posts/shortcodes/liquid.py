"""Liquid as Jekyll and Eleventy have it, and Nunjucks where it looks the same.

Nothing is executed. ``highlight`` becomes the code block that it means, ``raw`` keeps what is in it, links
to posts are looked up, values of the site and the page are put in, what was assigned from text is remembered,
known includes and tags become what they show. Of a condition the first branch stays; a loop goes.
"""

from __future__ import annotations

import re

from feeds.posts.shortcodes import known
from feeds.posts.shortcodes.arguments import Arguments, arguments
from feeds.posts.shortcodes.branches import CONDITIONS, LOOPS, branches
from feeds.posts.shortcodes.expressions import LONGEST_VALUE, Expressions
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.pieces import code_block
from feeds.posts.shortcodes.references import named
from feeds.posts.shortcodes.walk import MAX_OPEN, Walk

_TAG = re.compile(r"\{%[-<+]?\s*(/?[\w.-]+)?(.*?)[->+]?%\}", re.DOTALL)
_RAW_TAG = re.compile(r"\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}")
_ENDS = {
    name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}")
    for name in ("raw", "verbatim", "comment", *sorted(known.VERBATIM))
}
_ASSIGNED = re.compile(r"\s*([\w.-]+)\s*=\s*(.*)", re.DOTALL)
_COLON = re.compile(r"\b([A-Za-z_][\w-]*):\s*(?=[\"'])")
"""Between name and value, as ``render`` and many plugins have it."""
_SITES_OWN = re.compile(r"(?:site|page|post|layout)\.\w")
_DEEPEST = 3
"""Includes within includes."""
_LONGEST_GROWTH = 1_000_000


class Liquid(Walk):
    """One walk over a body with Liquid in it."""

    openers = r"\{%|\{\{(?![<%])"

    def __init__(
        self, text: str, page: Page, outputs: str = "all", *, nunjucks: bool = False, markdown: bool = True
    ) -> None:
        """``outputs``: see ``Notation.liquid``. ``nunjucks``: whether ``{# … #}`` is a comment."""
        super().__init__(text, markdown=markdown)
        self.page = page
        self._outputs = outputs
        if nunjucks:
            self.openers = Liquid.openers + r"|\{#"
        self._expressions = Expressions(page)
        self._captures: list[tuple[str, int]] = []
        self._open: list[tuple[str, Arguments]] = []
        self._branches: dict[int, int] | None = None
        self._grown = 0
        self._depth = 0
        self._last_ends: dict[str, int] = {}

    def in_code(self, code: str) -> str:
        return _RAW_TAG.sub("", code) if "raw" in code or "verbatim" in code else code

    def replace(self, sign: re.Match[str]) -> tuple[str, int]:
        start = sign.start()
        if sign[0] == "{#":
            end = self.find("#}", start)
            return ("", end + 2) if end >= 0 else ("{#", start + 2)
        return self._tag(start) if sign[0] == "{%" else self._output(start)

    # Tags ---------------------------------------------------------------------------------------

    def _tag(self, start: int) -> tuple[str, int]:
        end = self.find("%}", start)
        if end < 0:
            return "{%", start + 2
        end += 2
        found = _TAG.fullmatch(self.text, start, end)
        name = (found[1] or "").lower() if found else ""
        written = found[2].strip() if found else ""
        if name in _ENDS:
            closed = self.search(_ENDS[name], end)
            if closed:
                return self._verbatim(name, written, self.text[end : closed.start()]), closed.end()
        if name in LOOPS or name in CONDITIONS or name in {"else", "elsif", "elif", "elseif"}:
            return self._branch(name, start, end)
        if name in {"assign", "set"}:
            self._assign(written)
            return self.nothing(start, end)
        if name == "capture":
            self._captures.append((written.strip("\"' "), len(self.out)))
            return "", end
        if name == "endcapture":
            self._captured()
            return "", end
        return self._other(name, written, start, end)

    def _verbatim(self, name: str, written: str, inner: str) -> str:
        if name in {"raw", "verbatim"}:
            return inner
        if name == "comment":
            return ""
        language = re.match(r"(?:lang:)?([\w+#.-]*)", written)
        code = _RAW_TAG.sub("", inner)
        return code_block(code, language[1] if language else name, markdown=self.markdown)

    def _branch(self, name: str, start: int, end: int) -> tuple[str, int]:
        """The first branch of a condition stays, the others and loops go."""
        if self._branches is None:
            self._branches = branches(self.text)
        if name in LOOPS or name in CONDITIONS:
            self.page.leave_out(
                self.text[start:end], but="" if name in LOOPS else "what is in it before any `else`"
            )
        return "", self._branches.get(start, end)

    def _assign(self, written: str) -> None:
        assigned = _ASSIGNED.fullmatch(written)
        if assigned and (value := self._expressions.value(assigned[2])) is not None:
            self._expressions.assigned[assigned[1]] = value

    def _captured(self) -> None:
        if self._captures:
            name, since = self._captures.pop()
            self._expressions.assigned[name] = "".join(self.out[since:])[:LONGEST_VALUE]
            del self.out[since:]

    def _other(self, name: str, written: str, start: int, end: int) -> tuple[str, int]:
        snippet = self.text[start:end]
        if name in {"post_url", "link"}:
            return self._address(written, snippet), end
        if name in {"include", "include_cached", "include_relative", "render", "partial"}:
            name, _, written = written.partition(" ")
            name = name.strip("\"',")
            if name.endswith(".md") and (text := self._prose(name, written)) is not None:
                return self.block(text, start, end), end
        base = known.name_of(name.removeprefix("end"))
        values = arguments(_COLON.sub(r"\1=", written), self._bare)
        if name.startswith("end"):
            return self._close(base, snippet, start, end)
        opened = known.opening(base, values, self.page) if len(self._open) < MAX_OPEN else ""
        if opened and self._is_closed(name, end):
            self._open.append((base, values))
            return self.block(opened, start, end), end
        if shown := known.single(base, values):
            return self.block(shown, start, end), end
        if base not in known.QUIET:
            self.page.leave_out(snippet, but="the text in it" if self._is_closed(name, end) else "")
        return self.nothing(start, end)

    def _prose(self, name: str, written: str) -> str | None:
        """The text of an include, with what it is called with put in; None for one that is not there."""
        from feeds.posts.shortcodes.values import include

        text = include(self.page.site, name) if self._depth < _DEEPEST else None
        if text is None or (grown := self._grown + len(text)) > _LONGEST_GROWTH:
            return None
        inner = Liquid(text, self.page, self._outputs)
        inner._depth, inner._grown = self._depth + 1, grown
        named = arguments(_COLON.sub(r"\1=", written), self._bare).named
        inner._expressions.assigned |= self._expressions.assigned
        inner._expressions.assigned |= {f"include.{key}": value for key, value in named.items()}
        made = inner.run()
        self._grown = max(grown, inner._grown)
        return made.strip("\n")

    def _is_closed(self, name: str, after: int) -> bool:
        if name not in self._last_ends:
            ends = [found.start() for found in re.finditer(rf"\{{%-?\s*end{re.escape(name)}\b", self.text)]
            self._last_ends[name] = ends[-1] if ends else -1
        return self._last_ends[name] >= after

    def _close(self, base: str, snippet: str, start: int, end: int) -> tuple[str, int]:
        if self._open and self._open[-1][0] == base:
            _, values = self._open.pop()
            return self.block(known.closing(base, values), start, end), end
        return self.nothing(start, end)

    def _bare(self, written: str) -> str:
        """A value without quotes: a variable that is known, else itself."""
        value = self._expressions.variable(written)
        return written if value is None else value

    # Addresses ----------------------------------------------------------------------------------

    def _address(self, written: str, snippet: str) -> str:
        target, fragment = named(written.strip("\"'"), self.page)
        if snippet.startswith("{%") and "." in target.rpartition("/")[2] and not target.endswith(".md"):
            self._drop_root()
            return f"{self.page.from_root}/{target}"
        found = self.page.find(target, snippet)
        if found is None:
            return ""
        self._drop_root()
        return found + fragment

    def _drop_root(self) -> None:
        """Takes back ``{{ site.baseurl }}`` that stands right before a whole address."""
        roots = {"", self.page.site.url.rstrip("/"), self.page.from_root}
        floor = self._captures[-1][1] if self._captures else 0
        while len(self.out) >= floor + 2 and not self.out[-1] and self.out[-2] in roots:
            del self.out[-2:]

    # Outputs ------------------------------------------------------------------------------------

    def _output(self, start: int) -> tuple[str, int]:
        end = self.find("}}", start)
        if end < 0:
            return "{{", start + 2
        end += 2
        expression = self.text[start + 2 : end - 2].strip(" \t\n-")
        value = self._expressions.value(expression)
        if value is None and self._outputs == "known" and not _SITES_OWN.match(expression):
            return self.text[start:end], end
        self._grown += len(value or "")
        if value is None or self._grown > _LONGEST_GROWTH:
            self.page.leave_out(self.text[start:end])
            return self.nothing(start, end)
        return value, end
