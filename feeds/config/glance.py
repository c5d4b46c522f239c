"""A glance at the configuration: what it seems to say of posts, before anything in it is checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from feeds.model.noun import dataclass

Value = TypeVar("Value")

DATABASE = "kawaraban.sqlite3"
"""The file in the state folder."""


@dataclass(frozen=True, slots=True)
class Outline:
    """All of a configuration that reading posts depends on."""

    folder: Path
    """Where the posts are."""
    base: Path
    """What relative paths in the configuration are relative to."""
    url: str
    language: str
    timezone: str
    author: str
    dialect: str
    permalink: str
    future: bool
    excerpt_separator: str
    categories_from: tuple[str, ...]
    tags_from: tuple[str, ...]
    ids: str


def base_of(path: Path) -> Path:
    """The folder that paths in this configuration file are relative to."""
    folder = path.absolute().parent
    return folder.parent if folder.name == "config" else folder


def resolved(base: Path, folder: str) -> Path:
    """The absolute path of a folder that a configuration names."""
    return (base / Path(folder).expanduser()).resolve()


def glance(path: Path) -> Outline | None:
    """The outline of a configuration whose publication has no database yet; None for any other.

    In a fraction of the time that ``load`` takes. Nothing is checked: where the
    outline differs from that of the loaded configuration, what was made of it is of no use.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        site, posts, state = (_Table(raw.get(name, {})) for name in ("site", "posts", "state"))
        base = base_of(path)
        file = resolved(base, state.get("folder", ".kawaraban")) / DATABASE
        if file.exists() or _Table(raw.get("database", {})).get("url", ""):
            return None
        return Outline(
            folder=resolved(base, posts.get("folder", "posts")),
            base=base,
            url=site.get("url", "").rstrip("/"),
            language=site.get("language", "en"),
            timezone=site.get("timezone", "UTC"),
            author=site.get("author", ""),
            dialect=posts.get("dialect", "auto"),
            permalink=posts.get("permalink", ""),
            future=posts.get("future", False),
            excerpt_separator=posts.get("excerpt_separator", ""),
            categories_from=tuple(posts.get("categories_from", [])),
            tags_from=tuple(posts.get("tags_from", [])),
            ids=_Table(raw.get("feeds", {})).get("ids", "tag"),
        )
    except (OSError, ValueError, TypeError, RuntimeError):  # ``load`` says what is wrong
        return None


class _Table:
    """A table of the file, whose values are of the type of their defaults; else it raises TypeError."""

    def __init__(self, raw: Any) -> None:
        if not isinstance(raw, Mapping):
            raise TypeError
        self._raw = raw

    def get(self, key: str, default: Value) -> Value:
        value = self._raw.get(key, default)
        if not isinstance(value, type(default)):
            raise TypeError(key)
        return value
