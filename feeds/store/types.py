"""Column types that carry the model's values."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from feeds.model.subscriber import Topic

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC, stored as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Labels(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings, stored as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()), ensure_ascii=False) if value else "[]"

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...]:
        return () if value in (None, "[]") else tuple(json.loads(value))


class Keys(TypeDecorator[tuple[int, ...]]):
    """A tuple of keys, stored as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str:
        return json.dumps(list(value or ()))

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[int, ...]:
        return tuple(json.loads(value or "[]"))


class Topics(TypeDecorator[tuple[Topic, ...]]):
    """Topics in their one sorted spelling, so that equal choices are equal text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[Topic, ...] | None, dialect: Dialect) -> str:
        return json.dumps([[t.slug, t.since] for t in sorted(value or ())], ensure_ascii=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Topic, ...]:
        return tuple(Topic(slug, since) for slug, since in json.loads(value or "[]"))
