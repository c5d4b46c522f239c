"""Allow: a suppression is lifted."""

from __future__ import annotations

from feeds.model.address import EmailAddress
from feeds.store import subscribers
from feeds.store.database import Database


def allow(database: Database, email: EmailAddress) -> bool:
    """Lets the address be mailed again, False where that was allowed anyway."""
    with database.write() as connection:
        return subscribers.allow(connection, email)
