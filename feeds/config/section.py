"""What every table of the configuration is, and the kinds of values that many keys have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from feeds.config import values


def or_empty(check: Callable[[str], str]) -> AfterValidator:
    """The check, for a text that may be empty."""
    return AfterValidator(lambda text: check(text) if text else "")


Line = Annotated[str, AfterValidator(values.one_line)]
Title = Annotated[str, AfterValidator(values.title)]
Label = Annotated[str, AfterValidator(values.label)]
WebUrl = Annotated[str, or_empty(values.web_url)]
SiteFile = Annotated[str, or_empty(values.site_file)]
Mailbox = Annotated[str, or_empty(values.mailbox)]
Flag = Annotated[bool, Field(strict=True)]
"""Only ``true`` and ``false``; not 1, not "yes"."""


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


def one_or_several(tables: object) -> object:
    """The tables of ``[[name]]``; a single one may be written as ``[name]``."""
    return (tables,) if isinstance(tables, dict) else tables


def numbered(index: int) -> tuple[str, ...]:
    """What names a table of ``[[name]]``: nothing for the first one, which may be ``[name]``."""
    return (str(index),) if index else ()


class Section(BaseModel):
    """One table of the file: unknown keys are errors, and nothing changes after the load."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, populate_by_name=False, hide_input_in_errors=True
    )
