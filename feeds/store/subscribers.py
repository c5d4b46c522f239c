"""Subscribers, their choices, and the addresses that are never mailed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence, Subscriber, SubscriberState, Subscription
from feeds.store.intents import hold_intents
from feeds.store.schema.issues import deliveries, notices
from feeds.store.schema.readers import bounces, subscribers, suppressions
from feeds.store.state import has_instance_secret, instance_secret

_COLUMNS = (
    subscribers.c.key,
    subscribers.c.email,
    subscribers.c.name,
    subscribers.c.state,
    subscribers.c.topics,
    subscribers.c.cadence,
    subscribers.c.language,
    subscribers.c.hour,
    subscribers.c.weekday,
    subscribers.c.zone,
    subscribers.c.watermark,
    subscribers.c.active_since,
    subscribers.c.generation,
    subscribers.c.created,
)

NOT_SUPPRESSED = ~exists().where(suppressions.c.address_hash == subscribers.c.address_hash)
"""That the address of the subscriber in the outer query may be mailed."""


def by_email(connection: Connection, email: EmailAddress) -> Subscriber | None:
    """The subscriber with this address."""
    row = connection.execute(select(*_COLUMNS).where(subscribers.c.email == str(email))).first()
    return None if row is None else _subscriber(row)


def by_key(connection: Connection, key: int) -> Subscriber | None:
    """The subscriber with this key."""
    row = connection.execute(select(*_COLUMNS).where(subscribers.c.key == key)).first()
    return None if row is None else _subscriber(row)


def every(connection: Connection) -> Iterator[Subscriber]:
    """All subscribers, by address."""
    return (_subscriber(row) for row in connection.execute(select(*_COLUMNS).order_by(subscribers.c.email)))


def count(connection: Connection, state: SubscriberState) -> int:
    """How many subscribers are in this state."""
    return connection.execute(select(func.count()).where(subscribers.c.state == state.value)).scalar() or 0


def chosen_topics(connection: Connection) -> set[str]:
    """The slugs that confirmed subscribers chose."""
    query = select(subscribers.c.topics).where(subscribers.c.state == "confirmed").distinct()
    return {topic.slug for topics in connection.execute(query).scalars() for topic in topics}


def add(
    connection: Connection,
    email: EmailAddress,
    subscription: Subscription,
    *,
    name: str,
    consent: str,
    now: datetime,
) -> Subscriber:
    """Writes a new, pending subscriber."""
    values = _choice(subscription) | {
        "email": str(email),
        "address_hash": address_hash(connection, email),
        "name": name,
        "state": SubscriberState.PENDING.value,
        "watermark": 0,
        "generation": 0,
        "created": now,
        "consent": consent,
    }
    key = connection.execute(insert(subscribers).values(values)).inserted_primary_key
    assert key is not None
    found = by_key(connection, key[0])
    assert found is not None
    return found


def choose(connection: Connection, key: int, subscription: Subscription) -> None:
    """Stores what a subscriber chose."""
    connection.execute(update(subscribers).where(subscribers.c.key == key).values(_choice(subscription)))


def set_active_since(connection: Connection, key: int, now: datetime) -> None:
    """Makes earlier slots none of this subscriber's."""
    connection.execute(update(subscribers).where(subscribers.c.key == key).values(active_since=now))


def confirm(connection: Connection, key: int, *, watermark: int, now: datetime) -> None:
    """Makes the subscriber confirmed, from this sequence number and this instant on."""
    connection.execute(
        update(subscribers)
        .where(subscribers.c.key == key)
        .values(
            state=SubscriberState.CONFIRMED.value,
            watermark=watermark,
            active_since=now,
            confirmed=now,
            unsubscribed=None,
        )
    )


def raise_watermarks(connection: Connection, watermark: int) -> None:
    """Makes all that has a number up to this one old to every subscriber."""
    below = subscribers.c.watermark < watermark
    connection.execute(update(subscribers).where(below).values(watermark=watermark))


def set_pending(connection: Connection, key: int) -> None:
    """Lets the subscriber ask again; nothing is mailed until they confirm."""
    values = {"state": SubscriberState.PENDING.value}
    connection.execute(update(subscribers).where(subscribers.c.key == key).values(values))


def unsubscribe(connection: Connection, key: int, now: datetime) -> None:
    """Ends the subscription: no intent for this reader is committed after it."""
    hold_intents(connection)
    connection.execute(
        update(subscribers)
        .where(subscribers.c.key == key)
        .values(state=SubscriberState.UNSUBSCRIBED.value, unsubscribed=now)
    )


def erase(connection: Connection, key: int) -> None:
    """Removes the subscriber; open deliveries are cancelled, settled ones stay without an address."""
    hold_intents(connection)
    connection.execute(
        update(deliveries)
        .where(deliveries.c.subscriber == key, deliveries.c.state.in_(("pending", "deferred")))
        .values(state="cancelled", reply="the subscriber was erased")
    )
    connection.execute(delete(notices).where(notices.c.subscriber == key))
    connection.execute(update(bounces).where(bounces.c.subscriber == key).values(diagnostic=""))
    connection.execute(delete(subscribers).where(subscribers.c.key == key))


def forget_unconfirmed(connection: Connection, before: datetime) -> int:
    """Erases who asked before then and never confirmed; returns how many that were."""
    asked = (
        select(func.max(notices.c.created)).where(notices.c.subscriber == subscribers.c.key).scalar_subquery()
    )
    stale = select(subscribers.c.key).where(
        subscribers.c.state == SubscriberState.PENDING.value,
        func.coalesce(asked, subscribers.c.created) < before,
    )
    keys = list(connection.execute(stale).scalars())
    for key in keys:
        erase(connection, key)
    return len(keys)


def suppress(connection: Connection, key: int, *, reason: str, now: datetime) -> None:
    """Never mails this subscriber's address again: no intent for it is committed after this."""
    hold_intents(connection)
    reader = select(subscribers.c.address_hash).where(subscribers.c.key == key)
    digest = connection.execute(reader).scalar()
    if digest is not None and not _suppressed(connection, digest):
        connection.execute(insert(suppressions).values(address_hash=digest, reason=reason, created=now))


def allow(connection: Connection, email: EmailAddress) -> bool:
    """Lifts a suppression, and what came back so far counts no more; False where there is none."""
    digest = address_hash(connection, email)
    known = select(subscribers.c.key).where(subscribers.c.address_hash == digest)
    connection.execute(update(bounces).where(bounces.c.subscriber.in_(known)).values(counts=False))
    return connection.execute(delete(suppressions).where(suppressions.c.address_hash == digest)).rowcount > 0


def suppression(connection: Connection, email: EmailAddress) -> tuple[str, datetime] | None:
    """Why and since when this address is never mailed; None where it may be. Writes nothing."""
    if not has_instance_secret(connection):
        return None
    digest = address_hash(connection, email)
    query = select(suppressions.c.reason, suppressions.c.created).where(suppressions.c.address_hash == digest)
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])


def is_suppressed(connection: Connection, email: EmailAddress) -> bool:
    """Whether this address is never to be mailed again."""
    return _suppressed(connection, address_hash(connection, email))


def address_hash(connection: Connection, email: EmailAddress) -> str:
    """A keyed hash, so that the list of suppressed addresses tells no address."""
    text = f"{email.local.lower()}@{email.domain}".encode()
    return blake2b(text, key=instance_secret(connection), digest_size=16).hexdigest()


def _suppressed(connection: Connection, digest: str) -> bool:
    query = select(suppressions.c.address_hash).where(suppressions.c.address_hash == digest)
    return connection.execute(query).first() is not None


def _choice(subscription: Subscription) -> dict[str, Any]:
    return {
        "topics": subscription.topics,
        "cadence": subscription.cadence.value,
        "language": subscription.language,
        "hour": subscription.hour,
        "weekday": subscription.weekday,
        "zone": subscription.zone,
    }


def _subscriber(row: Any) -> Subscriber:
    local, _, domain = row.email.rpartition("@")
    return Subscriber(
        key=row.key,
        email=EmailAddress(local, domain),
        name=row.name,
        state=SubscriberState(row.state),
        subscription=Subscription(
            row.topics, Cadence(row.cadence), row.language, row.hour, row.weekday, row.zone
        ),
        watermark=row.watermark,
        active_since=row.active_since,
        generation=row.generation,
        created=row.created,
    )
