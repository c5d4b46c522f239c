"""Nouns that travel between processes by the thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any


class Traveller:
    """A frozen dataclass that is pickled as a call with its values: half the time of its own way."""

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        noun: Any = type(self)
        return noun, _values_of(noun)(self)


@cache
def _values_of(noun: Any) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(field.name for field in fields(noun)))
