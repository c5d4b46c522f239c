"""Tidy: what nobody needs any more leaves the store."""

from __future__ import annotations

from datetime import datetime, timedelta

from feeds.store import notices, publications, renderings, subscribers
from feeds.store.database import Database

_UNCONFIRMED = timedelta(days=7)
"""A confirmation link works for three days; whoever did not follow it did not want it."""

_NOTICES = timedelta(days=30)

_VERSIONS = timedelta(days=400)
"""So long may a node be away, and its older feeds are still known to be ours."""


def tidy(database: Database, recipe: str, now: datetime) -> None:
    """Removes old notices, requests that nobody confirmed, and what contents were that are long gone."""
    with database.write() as connection:
        subscribers.forget_unconfirmed(connection, now - _UNCONFIRMED)
        notices.purge(connection, now - _NOTICES)
        renderings.forget_renderings(connection, recipe)
        publications.forget_versions(connection, now - _VERSIONS)
