"""Dialects that other packages bring, under the entry point group ``kawaraban.dialects``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import lru_cache, wraps
from importlib.metadata import EntryPoint, entry_points
from types import UnionType
from typing import Any

from feeds.errors import ConfigurationError
from feeds.posts.dialects.dialect import Dialect
from feeds.posts.dialects.location import Location
from feeds.posts.trouble import Trouble, Withhold

GROUP = "kawaraban.dialects"


_GIVES: dict[str, type | UnionType] = {
    "locate": Location,
    "address": str,
    "date": tuple,
    "categories": list | tuple,
    "tags": list | tuple,
    "defaults": Mapping,
    "withheld": str,
    "notes": tuple,
    "detect": str,
}


class UnknownDialect(ConfigurationError):
    """No dialect has this name; or a plugin offers one that cannot be used, and says why."""


@lru_cache(maxsize=1)
def plugin_points() -> dict[str, EntryPoint]:
    """The entry points of all installed plugins, by name; a name that is there twice is the first one's."""
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, point)
    return points


def plugins() -> list[Dialect]:
    """Every dialect that plugins bring, by name. Raises UnknownDialect for one that cannot be loaded."""
    return [plugin_named(name) for name in sorted(plugin_points())]


@lru_cache(maxsize=16)
def plugin_named(name: str) -> Dialect:
    """The dialect that a plugin brings under this name. Raises UnknownDialect."""
    point = plugin_points().get(name)
    if point is None:
        raise UnknownDialect(f"no dialect is called {name!r}, and no plugin of the group {GROUP} brings it")
    try:
        made = point.load()
        found = made if isinstance(made, Dialect) else made()
    except Exception as error:  # a plugin's own code: anything can go wrong in there
        raise UnknownDialect(f"{_named(point)} cannot be loaded: {_told(error)}") from error
    if not isinstance(found, Dialect):
        raise UnknownDialect(f"{_named(point)} gives no Dialect but {type(found).__name__}")
    return _guarded(replace(found, name=name), point)


def _guarded(dialect: Dialect, point: EntryPoint) -> Dialect:
    """The dialect whose functions raise nothing but what parsing understands."""
    parts = {field.name: getattr(dialect, field.name) for field in fields(dialect)}
    guarded: dict[str, Any] = {
        name: _guard(part, name, point) for name, part in parts.items() if name in _GIVES and part is not None
    }
    return replace(dialect, **guarded)


def _guard(function: Callable[..., Any], part: str, point: EntryPoint) -> Callable[..., Any]:
    @wraps(function)
    def guarded(*arguments: Any) -> Any:
        try:
            result = function(*arguments)
            if not isinstance(result, _GIVES[part]):
                raise TypeError(f"gave {type(result).__name__}")
        except (Trouble, Withhold):
            raise
        except Exception as error:  # a plugin's own code: it may fail for one file and not stop the rest
            kind = UnknownDialect if part == "detect" else Trouble
            raise kind(f"{_named(point)} failed in `{part}`: {_told(error)}") from error
        return result

    return guarded


def _named(point: EntryPoint) -> str:
    package = point.dist.name if point.dist else point.value
    return f"the dialect {point.name!r} of the plugin {package}"


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
