"""What follows the name of a shortcode: values by place and by name."""

from __future__ import annotations

import re
from collections.abc import Callable

from feeds.model.noun import dataclass

_ARGUMENT = re.compile(
    r"(?:([A-Za-z_][\w-]*)\s*=\s*)?"
    r'(?:"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|`([^`]*)`|([^\s,"\'`]+))',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\([\"'\\])")


@dataclass(frozen=True, slots=True)
class Arguments:
    """The values that a shortcode was called with."""

    placed: tuple[str, ...]
    named: dict[str, str]

    def get(self, *names: str, place: int | None = None) -> str:
        """The first value that stands under one of the names, else the one at the place, else empty."""
        for name in names:
            if value := self.named.get(name, ""):
                return value
        if place is not None and place < len(self.placed):
            return self.placed[place]
        return ""


def arguments(written: str, bare: Callable[[str], str] = str) -> Arguments:
    """The arguments in a text; ``bare`` says what a value without quotes means."""
    placed: list[str] = []
    named: dict[str, str] = {}
    for name, *quoted, unquoted in _ARGUMENT.findall(written):
        value = bare(unquoted) if unquoted else _ESCAPED.sub(r"\1", "".join(quoted))
        if name:
            named[name.lower()] = value
        else:
            placed.append(value)
    return Arguments(tuple(placed), named)
