"""What is wrong with the configuration, said as file, line, key and cure."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from feeds.config.section import numbered
from feeds.errors import ConfigurationError
from feeds.model.noun import dataclass

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Complaint:
    """A key and what is wrong with it."""

    where: tuple[str, ...]
    message: str

    @property
    def key(self) -> str:
        """The key as TOML writes it."""
        return ".".join(name if _BARE.fullmatch(name) else f'"{name}"' for name in self.where)


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
