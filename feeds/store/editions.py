"""Editions: the bytes of an issue that readers share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from feeds.model.issue import Edition, Skeleton
from feeds.store.schema.issues import editions, issues


def insert_edition(connection: Connection, edition: Edition) -> Edition:
    """Writes an edition and returns it with its key."""
    values = {
        "issue": edition.issue,
        "language": edition.language,
        "posts": edition.posts,
        "more": edition.more,
        "subject": edition.subject,
        "skeleton": pack(edition.skeleton),
    }
    key = connection.execute(insert(editions).values(values)).inserted_primary_key
    assert key is not None
    return replace(edition, key=key[0])


def editions_with_due(connection: Connection, keys: Iterable[int]) -> dict[int, tuple[Edition, datetime]]:
    """These editions by key, each with the instant at which its issue was due."""
    wanted = editions.c.key.in_(list(keys))
    query = select(editions, issues.c.due).join(issues, issues.c.key == editions.c.issue).where(wanted)
    return {row.key: (_edition(row), row.due) for row in connection.execute(query)}


def pack(skeleton: Skeleton) -> bytes:
    """The skeleton as bytes: a JSON line with lengths and holes, then the parts."""
    head = json.dumps({"lengths": [len(part) for part in skeleton.parts], "holes": list(skeleton.holes)})
    return head.encode("ascii") + b"\n" + b"".join(skeleton.parts)


def unpack(data: bytes) -> Skeleton:
    """The skeleton that ``pack`` wrote."""
    head, _, rest = data.partition(b"\n")
    described = json.loads(head)
    parts = []
    for length in described["lengths"]:
        parts.append(rest[:length])
        rest = rest[length:]
    return Skeleton(tuple(parts), tuple(described["holes"]))


def _edition(row: Row[Any]) -> Edition:
    return Edition(row.key, row.issue, row.language, row.posts, row.more, row.subject, unpack(row.skeleton))
