"""Unsubscribe, and erase."""

from __future__ import annotations

from datetime import datetime

from feeds.model.address import EmailAddress
from feeds.model.subscriber import SubscriberState
from feeds.store import state, subscribers
from feeds.store.database import Database


def unsubscribe(database: Database, key: int, now: datetime) -> None:
    """Ends a subscription; a delivery whose intent is not committed yet will not be sent.

    Doing it twice, or after the subscriber was erased, changes nothing.
    """
    with database.write() as connection:
        subscriber = subscribers.by_key(connection, key)
        if subscriber is not None and subscriber.state is not SubscriberState.UNSUBSCRIBED:
            subscribers.unsubscribe(connection, key, now)
            state.remember_instant(connection, now)


def erase(database: Database, email: EmailAddress) -> bool:
    """Removes all that is known of a subscriber; False if the address is not one of them."""
    with database.write() as connection:
        subscriber = subscribers.by_email(connection, email)
        if subscriber is None:
            return False
        subscribers.erase(connection, subscriber.key)
        return True
