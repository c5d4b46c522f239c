"""YAML whose every scalar is text.

Built from the events of PyYAML's C parser: twice as fast as its C loader, no recursion in C (64 KB of ``[``
crash that loader), and no guessing: ``no`` stays ``no``, ``1:30`` stays ``1:30``, a date stays as it was
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from feeds.posts import simple_yaml
from feeds.posts.fields import Value
from feeds.posts.trouble import Trouble

_LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MAX_DEPTH = 8
_MOST_REPEATED = 16_384
"""Characters that aliases may repeat in all."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TEXT_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})
_TOO_DEEP = f"nested more than {_MAX_DEPTH} levels deep"
_HINTS = (
    ("mapping values are not allowed", 'a value with ": " in it has to stand in quotes'),
    ("cannot start any token", "a value that begins with this character has to stand in quotes"),
    ("could not find expected ':'", "every line has to be `key: value`"),
    ("while scanning an a", "a value that begins with * or & has to stand in quotes"),
    ("while scanning a quoted scalar", "a quotation mark is never closed"),
    ("while parsing a flow", "a bracket is never closed"),
)

_OPENED = re.compile("while (?:scanning a (?:quoted|simple)|parsing a flow)")
_BEGINS_WITH_TAB = re.compile(r" *\t")
_KEY = re.compile(r"[\"']?([^\s:#\"'][^:\"']*?)[\"']?\s*:")


@dataclass(slots=True)
class Loaded:
    """What a YAML document held."""

    value: Value | None = None
    lines: dict[str, int] = field(default_factory=dict)
    """Of the keys at the top, counted from 1 within the document."""
    repeated: list[str] = field(default_factory=list)
    """Keys at the top that stand more than once; the last one counts."""


def load(text: str) -> Loaded:
    """The first document in the text. Raises Trouble with the line to blame."""
    if (simple := simple_yaml.read(text)) is not None:
        return Loaded(*simple)
    return parse(text)


def parse(text: str) -> Loaded:
    """The same by the parser, whatever the text is."""
    loader = _LOADER(text)
    try:
        return _Builder().build(iter(loader.get_event, None))
    except yaml.MarkedYAMLError as error:
        line = _blamed_line(error)
        raise Trouble(_explain(error, text), line=line, key=_key_above(text, line)) from None
    except yaml.YAMLError as error:
        raise Trouble(f"broken YAML: {error}") from None
    finally:
        loader.dispose()


class _Builder:
    """Puts events together, refusing what no front matter needs."""

    def __init__(self) -> None:
        self.loaded = Loaded()
        self.open: list[list[Value] | dict[str, Value]] = []
        self.keys: list[str | None] = []
        self.anchored: dict[str, str] = {}
        self.room = _MOST_REPEATED
        self.top_key = ""

    def build(self, events: Iterator[yaml.Event]) -> Loaded:
        keys = self.keys
        containers: Any = self.open  # only mappings have a key, which the type checker cannot know
        for event in events:
            if type(event) is yaml.ScalarEvent:  # three of four are: this is what reading costs
                if event.tag not in _TEXT_TAGS:
                    self._refuse_magic(event)
                value = "" if event.value in _NULLS and not event.style else event.value
                if event.anchor is not None:
                    self.anchored[event.anchor] = value
                if keys and (key := keys[-1]) is not None:
                    containers[-1][key] = value
                    keys[-1] = None
                else:
                    self._place(value, event)
                continue
            match event:
                case yaml.MappingStartEvent():
                    self._enter({}, event)
                case yaml.SequenceStartEvent():
                    self._enter([], event)
                case yaml.CollectionEndEvent():
                    self.open.pop()
                    self.keys.pop()
                case yaml.AliasEvent():
                    self._place(self._repeated(event), event)
                case yaml.DocumentEndEvent():
                    break
        return self.loaded

    def _enter(self, container: list[Value] | dict[str, Value], event: yaml.CollectionStartEvent) -> None:
        self._refuse_magic(event)
        if len(self.open) == _MAX_DEPTH:
            raise self._trouble(_TOO_DEEP, event)
        self._place(container, event)
        self.open.append(container)
        self.keys.append(None)

    def _place(self, value: Value, event: yaml.Event) -> None:
        if not self.open:
            self.loaded.value = value
            return
        top = self.open[-1]
        if isinstance(top, list):
            top.append(value)
        elif (key := self.keys[-1]) is not None:
            top[key] = value
            self.keys[-1] = None
        elif isinstance(value, str):
            self._begin_key(value, top, event)
        else:
            raise self._trouble("a key has to be text", event)

    def _begin_key(self, key: str, top: dict[str, Value], event: yaml.Event) -> None:
        if key == "<<":
            raise self._trouble("merge keys (`<<`) are not read here", event)
        self.keys[-1] = key
        if len(self.open) == 1:
            self.top_key = key
            if key in top:
                self.loaded.repeated.append(key)
            self.loaded.lines[key] = _line(event)

    def _repeated(self, event: yaml.AliasEvent) -> str:
        """The text that an alias repeats, of which there may not be too much."""
        text = self.anchored.get(event.anchor or "")
        if text is None:
            said = f"`*{event.anchor}` repeats no text that stands above it; put the value in quotes"
            raise self._trouble(said, event)
        self.room -= len(text) + 1
        if self.room < 0:
            raise self._trouble("aliases (`*name`) repeat too much; write the values out", event)
        return text

    def _refuse_magic(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.tag not in _TEXT_TAGS:
            raise self._trouble("tags (`!name`) are not read here; put the value in quotes", event)
        if event.anchor is not None:
            raise self._trouble(
                "anchors (`&name`) of lists and tables are not read here; write them out", event
            )

    def _trouble(self, message: str, event: yaml.Event) -> Trouble:
        return Trouble(message, line=_line(event), key=self.top_key)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _blamed_line(error: yaml.MarkedYAMLError) -> int:
    """Where the mistake was made: for what was never closed, where it was opened."""
    opened = error.context_mark if _OPENED.match(error.context or "") else None
    mark = opened or error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 0


def _explain(error: yaml.MarkedYAMLError, text: str) -> str:
    said = f"{error.context or ''} {error.problem or ''}".strip()
    if "nesting depth" in said:  # a limit that newer parsers have, too
        return _TOO_DEEP
    hint = next((hint for sign, hint in _HINTS if sign in said), "")
    if error.problem_mark and _BEGINS_WITH_TAB.match(_line_at(text, error.problem_mark.line)):
        hint = "indent with blanks, not with a tab"
    return f"broken YAML: {hint} ({said})" if hint else f"broken YAML: {said}"


def _line_at(text: str, number: int) -> str:
    return "".join(text.split("\n")[number : number + 1])


def _key_above(text: str, line: int) -> str:
    """The key at the top level that the line belongs to."""
    for candidate in reversed(text.split("\n")[:line]):
        if found := _KEY.match(candidate):
            return found[1]
    return ""
