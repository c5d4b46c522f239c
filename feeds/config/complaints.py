"""What is wrong with the configuration, said as file, line, key and cure."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from feeds.config.section import Section, numbered
from feeds.config.settings import Settings
from feeds.config.values import nearest
from feeds.errors import ConfigurationError

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_KINDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "tuple_type": 'a list such as ["…"]',
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """A key and what is wrong with it."""

    where: tuple[str, ...]
    message: str

    @property
    def key(self) -> str:
        """The key as TOML writes it."""
        return ".".join(name if _BARE.fullmatch(name) else f'"{name}"' for name in self.where)


def complaints_of(error: ValidationError, raw: dict[str, Any]) -> list[Complaint]:
    """Pydantic's errors in our words; values are shown only where they cannot be secrets."""
    return [_complaint(fault, raw) for fault in error.errors(include_url=False)]


def fail(path: Path, text: str, complaints: Iterable[Complaint]) -> ConfigurationError:
    """The error to raise: one line for each complaint, in the order of the file."""
    lines = [(line_of(text, complaint.where), complaint) for complaint in complaints]
    lines.sort(key=lambda pair: pair[0])
    return ConfigurationError(
        "\n".join(
            f"{path}{f':{line}' if line else ''}: {complaint.key}: {complaint.message}"
            for line, complaint in lines
        )
    )


def line_of(text: str, where: Sequence[str]) -> int:
    """The line at which the key stands, else that of the nearest table around it, else 0."""
    table: list[str] = []
    repeated: Counter[tuple[str, ...]] = Counter()
    best, depth = 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        path = table
        if line.lstrip().startswith("["):
            table = path = _names(line.partition("#")[0] if '"' not in line else line)
            if line.lstrip().startswith("[["):
                before = repeated[tuple(path)]
                repeated[tuple(path)] += 1
                table = path = [*path, *numbered(before)]
        elif "=" in line and not line.lstrip().startswith("#"):
            path = [*table, *_names(f"{line.partition('=')[0]} = 0")]
        else:
            continue
        if len(path) > depth and list(where[: len(path)]) == path:
            best, depth = number, len(path)
    return best


def _names(line: str) -> list[str]:
    """The nested keys that one line of TOML opens; none where the line is part of something longer."""
    try:
        node: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return []
    names: list[str] = []
    while isinstance(node, dict) and node:
        name, node = next(iter(node.items()))
        names.append(name)
    return names


def _complaint(fault: Any, raw: dict[str, Any]) -> Complaint:
    where = tuple(str(part) for part in fault["loc"] if part not in {"[key]", 0})
    kind, context = fault["type"], fault.get("ctx", {})
    value = _value_at(raw, fault["loc"])
    if kind == "extra_forbidden":
        return Complaint(where, _unknown_key(where))
    if kind == "missing":
        return Complaint(where, "must be set; it has no default")
    if kind == "value_error":
        return Complaint(_without_index(where), str(context["error"]))
    if kind in {"literal_error", "enum"}:
        return Complaint(_without_index(where), _not_one_of(value, str(context["expected"])))
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound, side = (context["ge"], "least") if "ge" in context else (context["le"], "most")
        return Complaint(where, f"{value} is out of range; it must be at {side} {bound:g}")
    if kind == "string_too_short":
        return Complaint(where, "must not be empty")
    if kind in _KINDS:
        return Complaint(_without_index(where), f"must be {_KINDS[kind]}")
    return Complaint(where, fault["msg"])


def _unknown_key(where: tuple[str, ...]) -> str:
    known = known_keys(where[:-1])
    what = "unknown table" if len(where) == 1 else "unknown key"
    return f"{what}{nearest(where[-1], known)}; known are: {', '.join(known)}"


def known_keys(where: Sequence[str]) -> list[str]:
    """The keys that may stand in this table."""
    model: type[BaseModel] = Settings
    for name in where:
        if name in model.model_fields:
            model = table_of(model.model_fields[name]) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _not_one_of(value: object, expected: str) -> str:
    choices = [choice.strip(" '") for choice in expected.replace(" or ", ", ").split(",")]
    hint = nearest(value, choices) if isinstance(value, str) else ""
    quoted = ", ".join(f'"{choice}"' for choice in choices)
    return f"{value!r} is not known{hint or f'; write one of {quoted}'}"


def _without_index(where: tuple[str, ...]) -> tuple[str, ...]:
    """The key of a list for an error in one of its members."""
    in_list = len(where) > (3 if where[0] == "categories" else 2)
    return where[:-1] if in_list and where[-1].isdigit() else where


def table_of(field: FieldInfo) -> type[Section] | None:
    """The table that a field is, or that each of its members is."""
    kinds = [field.annotation]
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
        kinds += get_args(kind)
    return None


def _value_at(raw: Any, loc: Iterable[Any]) -> Any:
    for part in loc:
        if isinstance(part, int) and isinstance(raw, dict):
            continue  # a single table where there may be several
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return None
    return raw
