"""Long lists of values in pieces that a statement may name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")

_SIZE = 500
"""SQLite takes 32,766 parameters in a statement, older builds 999."""


def batches(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """The values in pieces of at most 500."""
    return (values[start : start + _SIZE] for start in range(0, len(values), _SIZE))
