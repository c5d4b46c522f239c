"""Liquid as Jekyll and Eleventy have it, and Nunjucks where it looks the same.

Nothing is executed. ``highlight`` becomes the code block that it means, ``raw`` keeps what is in it, links
to posts are looked up, values of the site and the page are put in, what was assigned from text is remembered,
known includes and tags become what they show. Of a condition the first branch stays; a loop goes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import escape
from urllib.parse import quote

from feeds.posts.shortcodes import known
from feeds.posts.shortcodes.arguments import Arguments, arguments
from feeds.posts.shortcodes.page import Page
from feeds.posts.shortcodes.pieces import code_block, inline
from feeds.posts.shortcodes.references import named
from feeds.posts.shortcodes.walk import MAX_OPEN, Walk

_TAG = re.compile(r"\{%[-<+]?\s*(/?[\w.-]+)?(.*?)[->+]?%\}", re.DOTALL)
_RAW_TAG = re.compile(r"\{%-?\s*(?:end)?(?:raw|verbatim)\s*-?%\}")
_ENDS = {
    name: re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}")
    for name in ("raw", "verbatim", "comment", *sorted(known.VERBATIM))
}
_LOOPS = frozenset({"for", "tablerow", "case", "javascript", "stylesheet", "style", "schema"})
_CONDITIONS = frozenset({"if", "unless", "ifchanged"})
_PAIRED = re.compile(
    rf"\{{%-?\s*(?:(end)?({'|'.join(sorted(_LOOPS | _CONDITIONS))})|(else|elsif|elif|elseif))\b"
)
_ASSIGNED = re.compile(r"\s*([\w.-]+)\s*=\s*(.*)", re.DOTALL)
_PART = re.compile(r"((?:\"[^\"]*\"|'[^']*'|[^|\"']|[\"'])*)\|?", re.DOTALL)
_OPERAND = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.\[\]-]+))\s*", re.DOTALL)
_FILTER = re.compile(r"\s*(\w+)\s*[:(]?\s*(.*?)\)?\s*", re.DOTALL)
_COLON = re.compile(r"\b([A-Za-z_][\w-]*):\s*(?=[\"'])")
"""Between name and value, as ``render`` and many plugins have it."""
_SITES_OWN = re.compile(r"(?:site|page|post|layout)\.\w")
_DEEPEST = 3
"""Includes within includes."""
_LONGEST_VALUE = 100_000
_LONGEST_GROWTH = 1_000_000
_LONGEST_EXPRESSION = 2_000


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
        self._values: dict[str, str] = {}
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
        if name in _LOOPS or name in _CONDITIONS or name in {"else", "elsif", "elif", "elseif"}:
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
            self._branches = _branches(self.text)
        if name in _LOOPS or name in _CONDITIONS:
            self.page.leave_out(
                self.text[start:end], but="" if name in _LOOPS else "what is in it before any `else`"
            )
        return "", self._branches.get(start, end)

    def _assign(self, written: str) -> None:
        assigned = _ASSIGNED.fullmatch(written)
        if assigned and (value := self._value(assigned[2])) is not None:
            self._values[assigned[1]] = value

    def _captured(self) -> None:
        if self._captures:
            name, since = self._captures.pop()
            self._values[name] = "".join(self.out[since:])[:_LONGEST_VALUE]
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
        inner._values = self._values | {f"include.{key}": value for key, value in named.items()}
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
        value = self._variable(written)
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
        value = self._value(expression)
        if value is None and self._outputs == "known" and not _SITES_OWN.match(expression):
            return self.text[start:end], end
        self._grown += len(value or "")
        if value is None or self._grown > _LONGEST_GROWTH:
            self.page.leave_out(self.text[start:end])
            return self.nothing(start, end)
        return value, end

    def _value(self, expression: str) -> str | None:
        """The text that an expression means; None if that is not known here."""
        if len(expression) > _LONGEST_EXPRESSION:
            return None
        first, *filters = [part for part in _split(expression) if part.strip()] or [""]
        operand = _OPERAND.fullmatch(first)
        if not operand:
            return None
        literal, other, variable = operand.groups()
        quoted = literal if literal is not None else other
        value = self._variable(variable) if quoted is None else quoted
        for written in filters:
            value = self._filtered(value, written)
        if value is None and quoted and "://" in quoted:
            value = quoted  # an address, and a filter of the site's own
        return None if value is None else value[:_LONGEST_VALUE]

    def _variable(self, name: str) -> str | None:
        if name in self._values:
            return self._values[name]
        if name.replace(".", "", 1).isdigit():
            return name
        page = self.page
        match name:
            case "page.title":
                return page.title
            case "page.path":
                return page.site.path_of(page.path)
            case "page.url":
                return page.url
            case "page.author":
                return page.author
            case "page.date":
                return page.published.astimezone(page.site.zone).isoformat() if page.published else None
            case "page.lang" | "page.language" | "site.lang" | "site.language":
                return page.language or page.site.language
            case "site.url":
                return page.site.url.rstrip("/")
            case "site.baseurl" | "site.base_url":
                return page.from_root
            case "site.author":
                return page.site.author
        return self._said(name)

    def _said(self, name: str) -> str | None:
        """What the front matter or the configuration says under a name; Eleventy's pages name no table."""
        table, _, key = name.partition(".")
        if table == "page" and key:
            return self.page.said(key)
        if table == "site" and key:
            from feeds.posts.shortcodes.values import site_value

            return site_value(self.page.site, key)
        return self.page.said(name) if self.page.site.dialect == "eleventy" else None

    def _filtered(self, value: str | None, written: str) -> str | None:
        found = _FILTER.fullmatch(written)
        if not found:
            return None
        name = found[1]
        given = [self._operand(part) for part in re.split(r",(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)", found[2])]
        if value is None:
            return given[0] if name == "default" else None
        if name == "absolute_url":
            return value if _is_whole(value) else f"{self.page.site.root}/{value.lstrip('/')}"
        if name in {"relative_url", "url", "htmlBaseUrl", "asset_path"}:
            return self._from_root(value)
        if name in {"markdownify", "markdown"}:
            return inline(value)
        if name == "date":
            return self._date(value, given[0])
        if name in _DATES:
            return self._date(value, _DATES[name])
        apply = _FILTERS.get(name)
        if apply is None or (len(given) < 2 and name in {"replace", "replace_first"}):
            return None
        return apply(value, *(text or "" for text in given[:2])) if name in _TAKES_ARGUMENTS else apply(value)

    def _operand(self, written: str) -> str | None:
        operand = _OPERAND.fullmatch(written)
        if not operand:
            return None
        literal, other, variable = operand.groups()
        return literal if literal is not None else other if other is not None else self._variable(variable)

    def _from_root(self, value: str) -> str:
        if _is_whole(value):
            return value
        return f"{self.page.from_root}/{value.lstrip('/')}"

    def _date(self, value: str, form: str | None) -> str | None:
        try:
            moment = datetime.fromisoformat(value).astimezone(self.page.site.zone)
            return moment.strftime(form or "%Y-%m-%d")
        except (ValueError, OverflowError):
            return None


def _is_whole(address: str) -> bool:
    return "://" in address or address.startswith(("//", "#", "mailto:"))


def _split(expression: str) -> list[str]:
    """The parts between pipes that stand in no quotes."""
    if "|" not in expression:
        return [expression]
    return [found[1] for found in _PART.finditer(expression) if found[0]]


def _branches(text: str) -> dict[int, int]:
    """Where a condition's other branch or a loop begins → behind its end, all found in one pass."""
    jumps: dict[int, int] = {}
    open_: list[tuple[str, int, int]] = []  # name, where it begins, where its first ``else`` does
    for tag in _PAIRED.finditer(text):
        is_end, name, other = tag.groups()
        if other:
            if open_ and open_[-1][2] < 0:
                open_[-1] = (*open_[-1][:2], tag.start())
        elif not is_end:
            open_.append((name, tag.start(), -1))
        elif any(name == opened[0] for opened in open_[-50:]):
            while open_[-1][0] != name:
                open_.pop()
            _, begins, branches_at = open_.pop()
            end = text.find("%}", tag.start()) + 2
            if end >= 2:
                jumps[begins if name in _LOOPS else branches_at] = end
    jumps.pop(-1, None)
    return jumps


_DATES = {
    "date_to_string": "%d %b %Y",
    "date_to_long_string": "%d %B %Y",
    "date_to_rfc822": "%a, %d %b %Y %H:%M:%S %z",
}
_TAKES_ARGUMENTS = frozenset({"append", "prepend", "default", "replace", "replace_first", "remove"})
_FILTERS: dict[str, Callable[..., str]] = {
    "append": lambda value, more, *_: value + more,
    "prepend": lambda value, more, *_: more + value,
    "default": lambda value, other, *_: value or other,
    "replace": lambda value, old, new="": value.replace(old, new)[:_LONGEST_VALUE] if old else value,
    "replace_first": lambda value, old, new="": value.replace(old, new, 1) if old else value,
    "remove": lambda value, old, *_: value.replace(old, "") if old else value,
    "escape": escape,
    "xml_escape": escape,
    "strip": str.strip,
    "strip_html": lambda value: re.sub(r"<[^>]*>", "", value),
    "strip_newlines": lambda value: value.replace("\n", ""),
    "upcase": str.upper,
    "downcase": str.lower,
    "capitalize": str.capitalize,
    "url_encode": lambda value: quote(value, safe=""),
    "uri_escape": lambda value: quote(value, safe="%:/?#[]@!$&'()*+,;="),
    "date_to_xmlschema": str,
    "safe": str,
    "smartify": str,
}
