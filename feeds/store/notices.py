"""The outbox of confirmation and welcome mails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, true, update

from feeds.model.address import EmailAddress
from feeds.model.noun import dataclass
from feeds.store.schema.issues import notices
from feeds.store.schema.readers import subscribers
from feeds.store.subscribers import NOT_SUPPRESSED

NoticeSettlement = tuple[int, str, str, datetime | None]
"""Key, new state, reply, and when to try again, of a notice after an attempt."""

WAITING = ("pending", "inflight", "deferred")


@dataclass(frozen=True, slots=True)
class DueNotice:
    """A notice that can be sent now."""

    key: int
    email: EmailAddress
    message: bytes
    attempts: int


def add(connection: Connection, subscriber: int, kind: str, now: datetime) -> int:
    """Makes a place in the outbox and returns its number, which the mail's Message-ID names."""
    values = {"subscriber": subscriber, "kind": kind, "created": now, "message": b""}
    written = connection.execute(insert(notices).values(**values, state="pending", attempts=0, reply=""))
    assert written.inserted_primary_key is not None
    return int(written.inserted_primary_key[0])


def put_message(connection: Connection, key: int, message: bytes) -> None:
    """Stores the mail; its bytes stay the same on every try."""
    connection.execute(update(notices).where(notices.c.key == key).values(message=message))


def reader_of(connection: Connection, key: int) -> int | None:
    """The subscriber that this notice is to; None where it was removed."""
    return connection.execute(select(notices.c.subscriber).where(notices.c.key == key)).scalar()


def recent(connection: Connection, subscriber: int, since: datetime) -> list[datetime]:
    """When notices were made for this subscriber since then, newest first."""
    query = select(notices.c.created).where(notices.c.subscriber == subscriber, notices.c.created > since)
    return list(connection.execute(query.order_by(notices.c.created.desc())).scalars())


def due(connection: Connection, after: int, limit: int, real_now: datetime) -> list[DueNotice]:
    """The next notices behind this one that can be sent now."""
    query = (
        select(notices.c.key, subscribers.c.email, notices.c.message, notices.c.attempts)
        .join(subscribers, subscribers.c.key == notices.c.subscriber)
        .where(
            notices.c.key > after,
            notices.c.state.in_(("pending", "deferred")),
            or_(notices.c.next_at.is_(None), notices.c.next_at <= real_now),
        )
        .order_by(notices.c.key)
        .limit(limit)
    )
    return [
        DueNotice(row[0], EmailAddress(*row[1].rsplit("@", 1)), row[2], row[3])
        for row in connection.execute(query)
    ]


def anything_due(connection: Connection, real_now: datetime) -> bool:
    """Whether a notice can be sent now, or was left in flight."""
    waits = and_(
        notices.c.state.in_(("pending", "deferred")),
        or_(notices.c.next_at.is_(None), notices.c.next_at <= real_now),
    )
    query = select(notices.c.key).where(or_(waits, notices.c.state == "inflight"))
    return connection.execute(query.limit(1)).first() is not None


def intend(connection: Connection, keys: Sequence[int], node: int | None = None) -> set[int]:
    """Makes these notices inflight where their reader may still be mailed, and returns which.

    Those of a reader who unsubscribed or was suppressed since are cancelled.
    """
    ours = and_(notices.c.key.in_(list(keys)), notices.c.state.in_(("pending", "deferred")))
    allowed = and_(subscribers.c.state != "unsubscribed", NOT_SUPPRESSED)
    query = (
        select(notices.c.key)
        .join(subscribers, subscribers.c.key == notices.c.subscriber)
        .where(ours, allowed)
        .with_for_update(of=notices, skip_locked=True)  # of several nodes one has it
    )
    stands = set(connection.execute(query).scalars())
    gone = select(subscribers.c.key).where(~allowed)
    connection.execute(
        update(notices)
        .where(ours, notices.c.key.not_in(stands), notices.c.subscriber.in_(gone))
        .values(state="cancelled", next_at=None, reply="the reader unsubscribed or is suppressed")
    )
    if stands:
        statement = update(notices).where(notices.c.key.in_(stands))
        connection.execute(
            statement.values(state="inflight", attempts=notices.c.attempts + 1, next_at=None, node=node)
        )
    return stands


def settle(
    connection: Connection,
    outcomes: Sequence[NoticeSettlement],
    node: int | None = None,
) -> None:
    """Stores what became of attempts; a node's where they are still its own."""
    ours = true() if node is None else and_(notices.c.node == node, notices.c.state == "inflight")
    statement = update(notices).where(notices.c.key == bindparam("this"), ours)
    values = statement.values(state=bindparam("to"), reply=bindparam("said"), next_at=bindparam("again"))
    rows = [
        {"this": key, "to": state, "said": reply[:500], "again": again}
        for key, state, reply, again in outcomes
    ]
    if rows:
        connection.execute(values, rows)


def take_back(connection: Connection, keys: Sequence[int], node: int) -> None:
    """Undoes intents of a node whose commit may or may not have happened, and that nobody acted on."""
    ours = and_(notices.c.key.in_(list(keys)), notices.c.node == node, notices.c.state == "inflight")
    values = {"state": "pending", "attempts": notices.c.attempts - 1}
    connection.execute(update(notices).where(ours).values(values))


def recover(connection: Connection) -> int:
    """Puts notices that a run left inflight back in the outbox; returns how many."""
    statement = update(notices).where(notices.c.state == "inflight").values(state="pending")
    return connection.execute(statement).rowcount


def count_waiting(connection: Connection) -> int:
    """How many notices are not settled."""
    return connection.execute(select(func.count()).where(notices.c.state.in_(WAITING))).scalar() or 0


def purge(connection: Connection, before: datetime) -> None:
    """Removes settled notices made before then."""
    connection.execute(delete(notices).where(notices.c.created < before, notices.c.state.not_in(WAITING)))
