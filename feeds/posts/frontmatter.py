"""The block that opens a post: YAML between ``---``, TOML between ``+++``, or a JSON object.

python-frontmatter drives; the handlers are ours, because its own guess at types, know no TOML without an
abandoned package, and let hostile input through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import frontmatter
from frontmatter.default_handlers import BaseHandler

from feeds.model.noun import dataclass
from feeds.posts import yaml_text
from feeds.posts.characters import clean
from feeds.posts.fields import Value, as_text
from feeds.posts.trouble import Trouble

LIMIT = 16 * 1024
"""Characters that front matter may have; the longest of 3,850 real ones has 1,399."""

_REACH = LIMIT + 16
"""How far its end is looked for, fences and all."""

_TOML_PLACE = re.compile(r"line (\d+)")
_TOML_KEY = re.compile(r"[ \t]*\"?([\w-]+)\"?[ \t]*=")
_JSON_KEY = re.compile(r"[ \t{]*\"([^\"]+)\"[ \t]*:")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stood in the block, and where the body begins."""

    values: Mapping[str, Value]
    lines: Mapping[str, int]
    notes: tuple[str, ...]
    body_start: int
    """Offset of the body in the text."""
    present: bool = True


class _Handler(BaseHandler):
    """One format: where its block ends, and how it is read."""

    FM_BOUNDARY = re.compile("(?!)")  # the base class asks for one; split() does without
    opening: re.Pattern[str]
    closing: re.Pattern[str]
    """Begins with the line feed before the fence: a search for one character is quick."""

    def __init__(self, fence_line: int) -> None:
        super().__init__()
        self.fence_line = fence_line
        self.lines: Mapping[str, int] = {}
        self.notes: list[str] = []

    def split(self, text: str) -> tuple[str, str]:
        block, end = self.block(text)
        return block, text[end:]

    def block(self, text: str) -> tuple[str, int]:
        """The block without its fences, and the offset behind it. Raises Trouble if it never ends."""
        opened = self.opening.match(text)
        start = opened.end() if opened else 0
        closed = self.closing.search(text, max(0, start - 1), _REACH)
        if closed is None:
            said = f"the front matter that `{text[:3]}` opens is not closed within {LIMIT // 1024} KB"
            raise Trouble(said, line=self.fence_line)
        return text[start : closed.start() + 1], closed.end()


class YamlHandler(_Handler):
    """YAML: ``---`` to ``---`` or ``...``, as Jekyll has it."""

    opening = re.compile(r"---[ \t]*\n")
    closing = re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)")

    def load(self, fm: str) -> dict[str, Any]:
        try:
            loaded = yaml_text.load(fm)
        except Trouble as trouble:
            trouble.line += self.fence_line
            raise
        self.lines = {key: line + self.fence_line for key, line in loaded.lines.items()}
        self.notes += [f"`{key}` stands twice; the last one counts" for key in loaded.repeated]
        if isinstance(loaded.value, dict):
            return loaded.value
        if loaded.value:
            raise Trouble("the front matter is not made of `key: value` lines", line=self.fence_line + 1)
        return {}


class TomlHandler(_Handler):
    """TOML between ``+++``, as Zola and Hugo have it."""

    opening = re.compile(r"\+\+\+[ \t]*\n")
    closing = re.compile(r"\n\+\+\+[ \t]*(?:\n|\Z)")

    def load(self, fm: str) -> dict[str, Any]:
        import tomllib

        try:
            table = tomllib.loads(fm)
        except (ValueError, RecursionError) as error:
            place = _TOML_PLACE.search(str(error))
            line = self.fence_line + int(place[1]) if place else 0
            raise Trouble(f"broken TOML: {_said(error)}", line=line) from None
        self.lines = _key_lines(fm, _TOML_KEY, self.fence_line + 1)
        return {key: as_text(value) for key, value in table.items()}


class JsonHandler(_Handler):
    """A JSON object at the top, as Hugo has it."""

    opening = re.compile(r"\{(?=\s*[\"}])")

    def block(self, text: str) -> tuple[str, int]:
        try:
            _, end = json.JSONDecoder().raw_decode(text[:_REACH])
        except json.JSONDecodeError as error:
            raise Trouble(f"broken JSON: {error.msg}", line=self.fence_line + error.lineno - 1) from None
        except (ValueError, RecursionError) as error:
            raise Trouble(f"broken JSON: {_said(error)}", line=self.fence_line) from None
        return text[:end], end

    def load(self, fm: str) -> dict[str, Any]:
        self.lines = _key_lines(fm, _JSON_KEY, self.fence_line)
        return {key: as_text(value) for key, value in json.loads(fm).items()}


class NamedYamlHandler(YamlHandler):
    """YAML behind a fence that says so: ``---yaml``, as Eleventy and other users of gray-matter have it."""

    opening = re.compile(r"---[ \t]*ya?ml[ \t]*\n", re.IGNORECASE)


class NamedTomlHandler(TomlHandler):
    """TOML between ``---toml`` and ``---``."""

    opening = re.compile(r"---[ \t]*toml[ \t]*\n", re.IGNORECASE)
    closing = YamlHandler.closing


class NamedJsonHandler(_Handler):
    """JSON between ``---json`` and ``---``."""

    opening = re.compile(r"---[ \t]*json[ \t]*\n", re.IGNORECASE)
    closing = YamlHandler.closing

    def load(self, fm: str) -> dict[str, Any]:
        try:
            loaded = json.loads(fm)
        except json.JSONDecodeError as error:
            raise Trouble(f"broken JSON: {error.msg}", line=self.fence_line + error.lineno) from None
        except (ValueError, RecursionError) as error:
            raise Trouble(f"broken JSON: {_said(error)}", line=self.fence_line) from None
        if not isinstance(loaded, dict):
            raise Trouble("the front matter is no JSON object", line=self.fence_line + 1)
        self.lines = _key_lines(fm, _JSON_KEY, self.fence_line + 1)
        return {key: as_text(value) for key, value in loaded.items()}


class HeaderHandler(_Handler):
    """Lines of ``Key: value`` up to an empty line, as Pelican has it; keys in small letters."""

    opening = re.compile(r"(?=[A-Za-z][\w-]*:)", re.ASCII)

    def block(self, text: str) -> tuple[str, int]:
        end = _HEADER.match(text, 0, _REACH)
        return (end[0], end.end()) if end else ("", 0)

    def load(self, fm: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        lines: dict[str, int] = {}
        key = ""
        for number, line in enumerate(fm.split("\n"), self.fence_line):
            if found := _HEADER_LINE.match(line):
                key = found[1].lower()
                if key in values:
                    self.notes.append(f"`{found[1]}` stands twice; the last one counts")
                values[key] = found[2].strip()
                lines[key] = number
            elif key and line.strip():  # a value that goes on in the next line, indented
                values[key] = f"{values[key]}\n{line.strip()}".strip()
        self.lines = lines
        return values


_NAMED_FENCE = re.compile(r"---[ \t]*(ya?ml|toml|json|js|javascript|coffee)[ \t]*\n", re.IGNORECASE)
_HEADER_LINE = re.compile(r" {0,3}([A-Za-z][\w-]*):[ \t]*(.*)", re.ASCII)
_HEADER = re.compile(r"(?: {0,3}[A-Za-z][\w-]*:.*(?:\n|\Z)|[ \t]+\S.*(?:\n|\Z))+", re.ASCII)

_HANDLERS: tuple[type[_Handler], ...] = (YamlHandler, TomlHandler, JsonHandler)


def read(text: str, *, headers: bool = False) -> FrontMatter:
    """The front matter of a post; an absent one is empty. Raises Trouble.

    ``headers``: lines of ``Key: value`` without fences count as well.
    """
    handler, head, skipped = _detect(text, headers)
    if handler is None:
        return FrontMatter({}, {}, (), 0, present=False)
    _, end = handler.block(head)
    fenced = head[:end]
    if (tidy := clean(fenced)) != fenced:
        handler.notes.append("control characters in the front matter are left out")
    values, _ = frontmatter.parse(tidy, handler=handler)
    return FrontMatter(cast(dict[str, Value], values), handler.lines, tuple(handler.notes), skipped + end)


def body_of(text: str, *, headers: bool = False) -> str:
    """What follows the front matter, which is not read. Raises Trouble if it never ends."""
    handler, head, skipped = _detect(text, headers)
    return text[skipped + handler.block(head)[1] :] if handler else text


def _detect(text: str, headers: bool) -> tuple[_Handler | None, str, int]:
    """What reads the front matter, the text from there on, and how much blank stands above it."""
    skipped = len(text) - len(text.lstrip())
    head = text[skipped:] if skipped else text
    kind = next((kind for kind in _HANDLERS if kind.opening.match(head)), None)
    if kind is None and head.startswith("---"):
        kind = _named(head, text.count("\n", 0, skipped) + 1)
    if headers and kind is None and HeaderHandler.opening.match(head):
        kind = HeaderHandler
    return (kind(text.count("\n", 0, skipped) + 1) if kind else None), head, skipped


def _named(head: str, line: int) -> type[_Handler] | None:
    """The format that the fence names, as in ``---toml``. Raises Trouble for a program."""
    found = _NAMED_FENCE.match(head)
    if found is None:
        return None
    if (name := found[1].lower()) in {"js", "javascript", "coffee"}:
        raise Trouble(f"front matter in `---{name}` is a program, which is not read; write YAML", line=line)
    return {"toml": NamedTomlHandler, "json": NamedJsonHandler}.get(name, NamedYamlHandler)


def _said(error: Exception) -> str:
    """An error of a parser, without the place that it counts from the block's own top."""
    return "nested too deep" if isinstance(error, RecursionError) else str(error).partition(" (at ")[0]


def _key_lines(block: str, key: re.Pattern[str], first: int) -> dict[str, int]:
    found = ((key.match(line), number) for number, line in enumerate(block.split("\n"), first))
    return {match[1]: number for match, number in found if match}
