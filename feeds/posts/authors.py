"""Who wrote a post: names out of the many ways in which front matter gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from feeds.posts.fields import Fields, Value

AUTHOR_KEYS = ("author", "authors")
_IN_TABLES = (
    "params.author", "params.authors", "author", "authors", "extra.author", "extra.authors",
    "taxonomies.authors", "taxonomies.author",
)  # fmt: skip
_TABLES = frozenset({"params", "extra", "taxonomies"})
_NAMES = ("name", "display_name", "title", "key", "nickname")
_BETWEEN = re.compile(
    r"\s*(?:[;；、，]|,(?!\s*(?:Jr|Sr|Ph\.?\s?D|M\.?D|Esq|Inc|Ltd|LLC|I{2,3})\b\.?))\s*", re.IGNORECASE
)
_ADDRESS = re.compile(r"\s*<[^<>\s@]+@[^<>\s]+>")
_ADDRESS_FIRST = re.compile(r"[^\s@()]+@[^\s()]+\s+\(([^()]+)\)")


def written_authors(fields: Fields) -> list[str]:
    """What stands under the first of the usual keys that holds something; text is split, a list is not."""
    keys = AUTHOR_KEYS if _TABLES.isdisjoint(fields.values) else _IN_TABLES
    return next(filter(None, (authors_under(fields, key) for key in keys)), [])


def authors_under(fields: Fields, key: str) -> list[str]:
    """The names under one key."""
    value = fields.value(key)
    return list(_names(value, within=False)) if value else []


@lru_cache(maxsize=1024)
def tidy(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, without an e-mail address beside it, on one line; most posts have the same ones."""
    found = (" ".join(_ADDRESS_FIRST.sub(r"\1", _ADDRESS.sub("", name)).split()) for name in names)
    return tuple(dict.fromkeys(filter(None, found)))


def named_in(table: Mapping[str, Value], key: str) -> str:
    """The name that a table of authors has for a key; the key itself where it has none."""
    known = table.get(key)
    return (known if isinstance(known, str) else _name_of(known) if isinstance(known, dict) else "") or key


@lru_cache(maxsize=1024)
def _split(text: str) -> list[str]:
    return _BETWEEN.split(text)


def _names(value: Value, *, within: bool) -> Iterator[str]:
    if isinstance(value, str):
        yield from [value] if within else _split(value)
    elif isinstance(value, dict):
        yield _name_of(value)
    else:
        for one in value:
            yield from _names(one, within=True)


def _name_of(table: Mapping[str, Value]) -> str:
    return next((name for key in _NAMES if isinstance(name := table.get(key), str) and name.strip()), "")
