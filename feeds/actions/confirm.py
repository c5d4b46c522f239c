"""Confirm: the owner of an address says that the wish was theirs."""

from __future__ import annotations

from datetime import datetime

from feeds.actions.subscribe import WriteNotice, put_notice
from feeds.errors import InvalidToken
from feeds.model.subscriber import Subscriber, SubscriberState
from feeds.store import state, subscribers
from feeds.store.database import Database


def confirm(database: Database, key: int, write_notice: WriteNotice, now: datetime) -> Subscriber:
    """Makes a pending subscriber confirmed: what is mailable at this moment is not new to them.

    Confirming twice changes nothing. Raises InvalidToken where the subscriber was erased, or
    unsubscribed after they had asked.
    """
    with database.write() as connection:
        subscriber = subscribers.by_key(connection, key)
        if subscriber is None or subscriber.state is SubscriberState.UNSUBSCRIBED:
            raise InvalidToken("this subscription was ended since; sign up again to get mail")
        if subscriber.state is SubscriberState.CONFIRMED:
            return subscriber
        subscribers.confirm(connection, key, watermark=state.top_sequence(connection), now=now)
        confirmed = subscribers.by_key(connection, key)
        assert confirmed is not None
        put_notice(connection, "welcome", confirmed, write_notice, now)
        return confirmed
