"""Subscribe: somebody asks for mail, by the form or through the operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from feeds.model.address import EmailAddress
from feeds.model.noun import dataclass
from feeds.model.subscriber import Subscriber, SubscriberState, Subscription
from feeds.store import notices, state, subscribers
from feeds.store.database import Database

WriteNotice = Callable[[str, Subscriber, int, datetime], bytes]
"""Makes the mail of a kind (confirm, welcome, known) to a subscriber, given its number and instant."""

_PAUSE = timedelta(minutes=10)
_A_DAY = 3
"""A form that anybody can fill in must not become a way to flood somebody else's mailbox."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks, for what, and where the wish was expressed."""

    email: EmailAddress
    subscription: Subscription
    name: str = ""
    consent: str = "form"
    """``form``, ``operator`` or ``import``."""


def subscribe(database: Database, wish: Wish, write_notice: WriteNotice, now: datetime) -> None:
    """Notes the wish and puts a confirmation mail in the outbox.

    A confirmed subscriber stays as they are and gets a mail that says so; a suppressed address gets
    none. The caller cannot tell these cases apart.
    """
    with database.write() as connection:
        subscriber = _note(connection, wish, now)
        if not subscribers.is_suppressed(connection, wish.email):
            kind = "known" if subscriber.state is SubscriberState.CONFIRMED else "confirm"
            put_notice(connection, kind, subscriber, write_notice, now)


def add(database: Database, wish: Wish, write_notice: WriteNotice, now: datetime, *, confirmed: bool) -> str:
    """Adds a subscriber for the operator, and says what happened.

    Somebody who unsubscribed comes back only by confirming it; a confirmed one stays as they are.
    """
    with database.write() as connection:
        before = subscribers.by_email(connection, wish.email)
        if subscribers.is_suppressed(connection, wish.email):
            return "suppressed"
        if before is not None and before.state is SubscriberState.CONFIRMED:
            return "already confirmed"
        returning = before is not None and before.state is SubscriberState.UNSUBSCRIBED
        subscriber = _note(connection, wish, now)
        if confirmed and not returning:
            subscribers.confirm(connection, subscriber.key, watermark=state.top_sequence(connection), now=now)
            state.remember_instant(connection, now)
            return "added"
        put_notice(connection, "confirm", subscriber, write_notice, now)
        return "asked again" if returning else "asked"


def put_notice(
    connection: Connection, kind: str, subscriber: Subscriber, write_notice: WriteNotice, now: datetime
) -> None:
    """Puts a mail in the outbox, unless this reader got enough of them lately."""
    recent = notices.recent(connection, subscriber.key, now - timedelta(days=1))
    if kind != "welcome" and recent and (len(recent) >= _A_DAY or recent[0] > now - _PAUSE):
        return
    number = notices.add(connection, subscriber.key, kind, now)
    notices.put_message(connection, number, write_notice(kind, subscriber, number, now))
    state.remember_instant(connection, now)


def _note(connection: Connection, wish: Wish, now: datetime) -> Subscriber:
    """The subscriber of this address; the wish is theirs unless they are confirmed already."""
    known = subscribers.by_email(connection, wish.email)
    if known is None:
        return subscribers.add(
            connection, wish.email, wish.subscription, name=wish.name, consent=wish.consent, now=now
        )
    if known.state is SubscriberState.CONFIRMED:
        return known
    subscribers.choose(connection, known.key, wish.subscription)
    subscribers.set_pending(connection, known.key)
    renewed = subscribers.by_key(connection, known.key)
    assert renewed is not None
    return renewed
