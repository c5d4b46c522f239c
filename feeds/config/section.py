"""What every table of the configuration is, and the kinds of values that many keys have.

A table is a frozen dataclass. Each of its keys is annotated with its type, in ``Annotated`` together with
what checks a value and returns its normal form, or raises ValueError. ``checking`` reads tables by that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from dataclasses import Field as DataclassField
from typing import Annotated, Any, dataclass_transform

from feeds.config import values
from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key beside its type."""

    description: str = ""
    examples: tuple[Any, ...] = ()
    ge: float | None = None
    le: float | None = None
    min_length: int = 0
    alias: str = ""
    """How the file spells it, where Python cannot."""


def Field(  # noqa: N802  # reads as a part of the type, as in pydantic and attrs
    *,
    default: Any = MISSING,
    default_factory: Callable[[], Any] | Any = MISSING,
    description: str = "",
    examples: tuple[Any, ...] | list[Any] = (),
    ge: float | None = None,
    le: float | None = None,
    min_length: int = 0,
    repr: bool = True,  # noqa: A002  # as dataclasses.field has it
    alias: str = "",
) -> Any:
    """A key of a table: what it is when it is absent, its documentation, and its bounds."""
    key = Key(description, tuple(examples), ge, le, min_length, alias)
    if default_factory is not MISSING:
        return field(default_factory=default_factory, repr=repr, metadata={"key": key})
    return field(default=default, repr=repr, metadata={"key": key})


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field,))
@dataclass(frozen=True)
class Section:
    """One table of the file; nothing changes after the load."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True, kw_only=True)(cls)


def keys_of(table: type[Section]) -> Mapping[str, DataclassField[Any]]:
    """The keys of the table as the file spells them, in order."""
    return {key_of(one).alias or one.name: one for one in fields(table)}


def key_of(one: DataclassField[Any]) -> Key:
    """What is known of it."""
    found: Key = one.metadata.get("key", Key())
    return found


def is_needed(one: DataclassField[Any]) -> bool:
    """Whether the key has no default."""
    return one.default is MISSING and one.default_factory is MISSING


def or_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    """The check, for a text that may be empty."""
    return lambda text: check(text) if text else ""


Line = Annotated[str, values.one_line]
Title = Annotated[str, values.title]
Label = Annotated[str, values.label]
WebUrl = Annotated[str, or_empty(values.web_url)]
SiteFile = Annotated[str, or_empty(values.site_file)]
Mailbox = Annotated[str, or_empty(values.mailbox)]


def each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names none twice."""
    if len(set(names)) < len(names):
        raise ValueError("names the same one twice")
    return names


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names at least one, and none twice."""
    if not names:
        raise ValueError("must name at least one")
    return each_once(names)


def numbered(index: int) -> tuple[str, ...]:
    """What names a table of ``[[name]]``: nothing for the first one, which may be ``[name]``."""
    return (str(index),) if index else ()
