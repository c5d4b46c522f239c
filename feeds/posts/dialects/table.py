"""The dialects by name, and which of them a folder speaks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path

from feeds.model.noun import dataclass
from feeds.posts.dialects.dialect import Dialect
from feeds.posts.dialects.names import DIALECTS
from feeds.posts.surroundings import Surroundings, surroundings


@dataclass(frozen=True, slots=True)
class Recognised:
    """Which dialect a folder speaks, and by what one sees it."""

    dialect: str
    why: str


@lru_cache(maxsize=16)
def dialect_named(name: str) -> Dialect:
    """The dialect of this name, built in or a plugin's. Raises UnknownDialect."""
    if name in DIALECTS:
        found = getattr(import_module(f"feeds.posts.dialects.{name}"), name.upper())
        assert isinstance(found, Dialect)
        return found
    from feeds.posts.dialects.plugins import plugin_named

    return plugin_named(name)


def recognise(folder: Path, *, above: bool = True) -> Recognised:
    """The dialect of a posts folder, or of a site's root; plugins are asked last, before ``plain``.

    ``above``: whether the configuration may lie in a folder above.
    """
    found = surroundings(folder, above=above)
    for dialect in _asked():
        if dialect.detect is not None and (why := dialect.detect(found)):
            return Recognised(dialect.name, why)
    return Recognised("plain", _nothing_told(found))


def _asked() -> Iterator[Dialect]:
    yield from map(dialect_named, DIALECTS[:-1])
    from feeds.posts.dialects.plugins import plugins

    yield from plugins()


def _nothing_told(found: Surroundings) -> str:
    return "nothing else having been recognised" if found.sample else "there being no post yet"
