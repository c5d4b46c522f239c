"""From what TOML gives to tables: every key checked, every complaint collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from feeds.config.complaints import Complaint
from feeds.config.section import Key, Section, is_needed, key_of, keys_of, numbered
from feeds.config.values import nearest

Table = TypeVar("Table", bound=Section)
Where = tuple[str, ...]

_NAMES = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    tuple: 'a list such as ["…"]',
    dict: "a table",
}


class _Wrong(Exception):
    """What is wrong with a value."""


def check(table: type[Table], raw: Mapping[str, Any]) -> tuple[Table | None, list[Complaint]]:
    """The table that the raw values make, or else what is wrong with them."""
    complaints: list[Complaint] = []
    made = _table(table, raw, (), complaints)
    return (None if complaints else made), complaints


def kinds_of(table: type[Section]) -> Mapping[str, Any]:
    """The types of the keys, by the names that Python gives them."""
    return _hints(table)  # type: ignore[arg-type]  # mypy takes __hash__ of its instances for its own


def table_of(kind: object) -> type[Section] | None:
    """The table that a type is, or that each of its members is."""
    kinds = [kind]
    while kinds:
        one = kinds.pop()
        if isinstance(one, type) and issubclass(one, Section):
            return one
        kinds += get_args(one)
    return None


@cache
def _hints(table: Any) -> Mapping[str, Any]:
    return get_type_hints(table, include_extras=True)


def _table(
    table: type[Table], raw: Mapping[str, Any], where: Where, complaints: list[Complaint]
) -> Table | None:
    """The table; None where a complaint was added."""
    found = len(complaints)
    known, kinds = keys_of(table), kinds_of(table)
    values: dict[str, Any] = {}
    for name, one in known.items():
        if name in raw:
            values[one.name] = _key(one, kinds[one.name], raw[name], (*where, name), complaints)
        elif is_needed(one):
            complaints.append(Complaint((*where, name), "must be set; it has no default"))
    strange = (name for name in raw if name not in known)
    complaints += [Complaint((*where, name), _unknown(name, known, where)) for name in strange]
    return table(**values) if len(complaints) == found else None


def _key(one: Field[Any], kind: Any, raw: Any, where: Where, complaints: list[Complaint]) -> Any:
    try:
        value = _value(kind, raw, where, complaints)
        _refuse_out_of_bounds(key_of(one), raw)
    except _Wrong as wrong:
        complaints.append(Complaint(where, str(wrong)))
        return None
    return value


def _value(kind: Any, raw: Any, where: Where, complaints: list[Complaint]) -> Any:
    """The value in its normal form; complaints about what lies in it are added. Raises _Wrong."""
    origin = get_origin(kind)
    if origin is Annotated:
        bare, *checks = get_args(kind)
        return _checked(_value(bare, raw, where, complaints), checks)
    if origin is Literal:
        return _one_of(raw, get_args(kind))
    if origin is tuple:
        return _members(get_args(kind)[0], raw, where, complaints)
    if origin is dict:
        return _entries(get_args(kind), raw, where, complaints)
    if issubclass(kind, Enum):
        return kind(_one_of(raw, [member.value for member in kind]))
    if issubclass(kind, Section):
        return _table(kind, _of_type(raw, dict), where, complaints)
    return _of_type(raw, kind)


def _of_type(raw: Any, kind: type) -> Any:
    if kind is float and type(raw) is int and abs(raw) < 1 << 53:
        return float(raw)
    if type(raw) is not kind:  # a bool is no number here
        raise _Wrong(f"must be {_NAMES[kind]}")
    return raw


def _checked(value: Any, checks: Iterable[Callable[[Any], Any]]) -> Any:
    try:
        for one in checks:
            value = one(value)
    except ValueError as error:
        raise _Wrong(str(error)) from None
    return value


def _members(kind: Any, raw: Any, where: Where, complaints: list[Complaint]) -> tuple[Any, ...]:
    """Each member of a list; the one table of ``[name]`` as well as those of ``[[name]]``."""
    if table_of(kind) is not None and isinstance(raw, dict):
        raw = [raw]
    if not isinstance(raw, list):
        raise _Wrong(f"must be {_NAMES[tuple]}")
    return tuple(_value(kind, one, (*where, *numbered(i)), complaints) for i, one in enumerate(raw))


def _entries(kinds: tuple[Any, Any], raw: Any, where: Where, complaints: list[Complaint]) -> dict[str, Any]:
    """The table whose keys are the owner's own words."""
    key, kind = kinds
    made: dict[str, Any] = {}
    for name, one in _of_type(raw, dict).items():
        place = (*where, name)
        label = _or_complain(key, name, place, complaints)
        made[label] = _or_complain(kind, one, place, complaints)
    return made


def _or_complain(kind: Any, raw: Any, where: Where, complaints: list[Complaint]) -> Any:
    try:
        return _value(kind, raw, where, complaints)
    except _Wrong as wrong:
        complaints.append(Complaint(where, str(wrong)))
        return None


def _refuse_out_of_bounds(key: Key, value: Any) -> None:
    if key.ge is not None and not value >= key.ge:
        raise _Wrong(f"{value} is out of range; it must be at least {key.ge:g}")
    if key.le is not None and not value <= key.le:
        raise _Wrong(f"{value} is out of range; it must be at most {key.le:g}")
    if key.min_length and len(value) < key.min_length:
        raise _Wrong("must not be empty")


def _one_of(value: Any, choices: Iterable[str]) -> Any:
    if value in choices:
        return value
    hint = nearest(value, choices) if isinstance(value, str) else ""
    quoted = ", ".join(f'"{choice}"' for choice in choices)
    raise _Wrong(f"{value!r} is not known{hint or f'; write one of {quoted}'}")


def _unknown(name: str, known: Iterable[str], where: Where) -> str:
    what = "unknown key" if where else "unknown table"
    return f"{what}{nearest(name, known)}; known are: {', '.join(known)}"
