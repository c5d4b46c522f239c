"""Column types that carry the model's values."""

from __future__ import annotations

import json
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import TEXT, BigInteger, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from feeds.model.post import Enclosure, Episode
from feeds.model.subscriber import Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """An instant as it is stored: since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


class _PostgresText(TypeDecorator[str]):
    """Text in the order of its code points, as SQLite has it; PostgreSQL takes no NUL in it."""

    impl = TEXT(collation="C")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if value and "\0" in value else value


PlainText = Text().with_variant(_PostgresText(), "postgresql")
"""Text that sorts and compares by code points in every database."""

Key = BigInteger().with_variant(Integer(), "sqlite")
"""The number of a row, which is given once; SQLite numbers rows of an INTEGER by itself."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC, stored as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Labels(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, stored as a JSON array."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return _array(value) if value else "[]"

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        return () if value in (None, "[]") else tuple(json.loads(value))


class Names(TypeDecorator[tuple[str, ...]]):
    """Names of one line each, stored as the lines of a text."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return "\n".join(value) if value else ""

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        return tuple(value.split("\n")) if value else ()


@lru_cache(maxsize=1024)
def _array(labels: tuple[str, ...]) -> str:
    """The labels as a JSON array; posts have much the same ones."""
    return json.dumps(labels, ensure_ascii=False)


class Keys(TypeDecorator[tuple[int, ...]]):
    """A tuple of keys, stored as a JSON array."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[int, ...]:
        return tuple(json.loads(value or "[]"))


class Topics(TypeDecorator[tuple[Topic, ...]]):
    """Topics in their one sorted spelling, so that equal choices are equal text."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[Topic, ...] | None, dialect: Dialect) -> str:
        return json.dumps([[t.slug, t.since] for t in sorted(value or ())], ensure_ascii=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Topic, ...]:
        return tuple(Topic(slug, since) for slug, since in json.loads(value or "[]"))


class Enclosures(TypeDecorator[tuple[Enclosure, ...]]):
    """Media files, stored as a JSON array of arrays."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: tuple[Enclosure, ...] | None, dialect: Dialect) -> str:
        return json.dumps([astuple(one) for one in value], ensure_ascii=False) if value else "[]"

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Enclosure, ...]:
        return () if value in (None, "[]") else tuple(Enclosure(*one) for one in json.loads(value))


class EpisodeFacts(TypeDecorator[Episode]):
    """What a podcast says of a post, stored as a JSON array; empty text where it says nothing."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: Episode | None, dialect: Dialect) -> str:
        return json.dumps(astuple(value), ensure_ascii=False) if value else ""

    def process_result_value(self, value: Any, dialect: Dialect) -> Episode | None:
        return Episode(*json.loads(value)) if value else None
