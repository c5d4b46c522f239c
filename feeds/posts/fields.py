"""Front matter as the dialects ask for it: every value a text, a list or a mapping."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from feeds.model.noun import dataclass

Value = str | list["Value"] | dict[str, "Value"]

_FALSE = frozenset({"false", "no", "off", "n", "0"})
_TRUE = frozenset({"true", "yes", "on", "y", "1"})
_NAMES = ("name", "path", "src", "url", "title", "label")
_COMMA = re.compile(r"\s*[,、，]\s*")


@dataclass(frozen=True, slots=True)
class Fields:
    """The front matter of one post over the site's defaults."""

    values: Mapping[str, Value]
    lines: Mapping[str, int]
    """Line of each key in the file, counted from 1."""

    def value(self, name: str) -> Value | None:
        """What stands under a name; a dot leads into a table, as in ``extra.author``."""
        found: Value | None = self.values.get(name)
        if found is None and "." in name:
            table, _, key = name.partition(".")
            inner = self.values.get(table)
            found = inner.get(key) if isinstance(inner, dict) else None
        return found

    def text(self, *names: str) -> str:
        """The first of these names that holds text; of a list its first text, of a mapping its name."""
        for name in names:
            value = self.value(name)
            if value and (text := value.strip() if isinstance(value, str) else first_text(value)):
                return text
        return ""

    def texts(self, name: str) -> list[str]:
        """Every text under a name, lists within lists laid flat, empty ones left out."""
        value = self.value(name)
        return list(filter(None, _flat(value))) if value else []

    def is_false(self, name: str) -> bool:
        """Whether the author said no, in YAML 1.1's many words."""
        value = self.value(name)
        return isinstance(value, str) and value.strip().lower() in _FALSE

    def is_true(self, name: str) -> bool:
        """Whether the author said yes."""
        value = self.value(name)
        return isinstance(value, str) and value.strip().lower() in _TRUE

    def line(self, name: str) -> int:
        return self.lines.get(name) or self.lines.get(name.partition(".")[0], 0)

    def with_capitals(self) -> Fields:
        """The same where ``Title`` also stands for ``title``; itself if no key begins with a capital."""
        capital = [key for key in self.values if key[:1].isupper()]
        if not capital:
            return self
        values, lines = dict(self.values), dict(self.lines)
        for key in capital:
            for small in (key[0].lower() + key[1:], key.lower()):
                values.setdefault(small, values[key])
                lines.setdefault(small, lines.get(key, 0))
        return Fields(values, lines)

    def folded(self) -> Fields:
        """The same for whoever asks in whatever case, in tables too."""
        lines = {key.lower(): line for key, line in self.lines.items()}
        return _Folded({key.lower(): _folded(value) for key, value in self.values.items()}, lines)


class _Folded(Fields):
    """Fields whose names are in lower case."""

    __slots__ = ()

    def value(self, name: str) -> Value | None:
        return Fields.value(self, name.lower())

    def line(self, name: str) -> int:
        return Fields.line(self, name.lower())


def first_text(value: Value) -> str:
    """The first text in a list, or what a mapping calls ``name``."""
    if isinstance(value, dict):
        named = next(filter(None, map(value.get, _NAMES)), "")
        return named.strip() if isinstance(named, str) else ""
    return next((text for text in _flat(value) if text), "")


def split_list(text: str) -> list[str]:
    """The parts of a text that separates them by commas, Western or Japanese."""
    return [part for part in _COMMA.split(text.strip()) if part]


def labels(names: Iterable[str]) -> tuple[str, ...]:
    """The names in NFC, without blanks or stray commas at the ends, each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(_tidy, names))))


@lru_cache(maxsize=4096)
def _tidy(label: str) -> str:
    """The label as it counts; posts have much the same ones."""
    return unicodedata.normalize("NFC", label).strip().strip(",、，").strip()


def as_text(value: object) -> Value:
    """The typed values of TOML, JSON and Python as the text that stands for them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return {str(key): as_text(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_text(inner) for inner in value]
    return "" if value is None else str(value)


def _flat(value: Value | None) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [value.strip()]
    if isinstance(value, dict):
        named = first_text(value)
        return [named] if named else [key.strip() for key in value]
    texts: list[str] = []
    for inner in value:
        if isinstance(inner, str):
            texts.append(inner.strip())
        else:
            texts += _flat(inner)
    return texts


def _folded(value: Value) -> Value:
    if isinstance(value, dict):
        return {key.lower(): _folded(inner) for key, inner in value.items()}
    return [_folded(inner) for inner in value] if isinstance(value, list) else value
