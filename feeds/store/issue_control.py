"""What becomes of an issue as a whole: its owner stops it in the middle, and it ends when it balances."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, and_, case, func, or_, select, update

from feeds.model.issue import DeliveryState
from feeds.store.intents import hold_intents
from feeds.store.open_deliveries import OPEN, select_open
from feeds.store.schema.issues import deliveries, editions, issues
from feeds.store.schema.readers import subscribers

_CHUNK = 10_000
"""Deliveries that one transaction cancels: outcomes of what is in flight wait no longer than that."""


def state_of(connection: Connection, issue: int) -> str | None:
    """``open``, ``paused``, ``cancelling``, ``cancelled`` or ``finished``; None where there is no such."""
    return connection.execute(select(issues.c.state).where(issues.c.key == issue)).scalar()


def set_state(connection: Connection, issue: int, state: str, trouble: str) -> None:
    """From this transaction's commit on no intent of the issue stands unless the state is ``open``."""
    hold_intents(connection)
    connection.execute(update(issues).where(issues.c.key == issue).values(state=state, trouble=trouble[:500]))


def cancel_some(connection: Connection, issue: int, reply: str) -> int:
    """Settles the next deliveries of an issue that wait, and returns how many were looked at; 0 at the end.

    They are cancelled, and their readers get the posts with a later issue; but where an earlier attempt may
    have arrived they are unknown and their reader's watermark moves, so that nobody gets a post twice.
    """
    hold_intents(connection)
    waiting = (deliveries.c.issue == issue, OPEN, deliveries.c.state != DeliveryState.INFLIGHT.value)
    query = select_open(deliveries.c.subscriber).where(*waiting).order_by(deliveries.c.subscriber)
    keys = list(connection.execute(query.limit(_CHUNK)).scalars())
    if not keys:
        return 0
    these = (*waiting, deliveries.c.subscriber.between(keys[0], keys[-1]))
    doubtful = select_open(deliveries.c.subscriber).where(*these, deliveries.c.doubts > 0)
    if connection.execute(doubtful.limit(1)).first() is not None:
        _pass_over(connection, list(connection.execute(doubtful).scalars()), issue)
    unknown, cancelled = DeliveryState.UNKNOWN.value, DeliveryState.CANCELLED.value
    connection.execute(
        update(deliveries)
        .where(*these)
        .values(
            state=case((deliveries.c.doubts > 0, unknown), else_=cancelled),
            reply=reply[:500],
            next_at=None,
        )
    )
    return len(keys)


def _pass_over(connection: Connection, readers: Collection[int], issue: int) -> None:
    """Moves the watermarks of these readers to the top of their delivery."""
    top = (
        select(deliveries.c.top)
        .where(deliveries.c.issue == issue, deliveries.c.subscriber == subscribers.c.key)
        .scalar_subquery()
    )
    moved = update(subscribers).where(subscribers.c.key.in_(readers), subscribers.c.watermark < top)
    connection.execute(moved.values(watermark=top))


def anything_to_finish(connection: Connection) -> bool:
    """Whether an issue that is under way has nothing left to send and nothing in flight."""
    return connection.execute(select(issues.c.key).where(_RUN_DRY).limit(1)).first() is not None


def finish(connection: Connection) -> list[int]:
    """Ends every issue whose deliveries are all final and are as many as its audience; returns their keys.

    In an issue that is being cancelled, what came back from the wire to be tried again is cancelled first.
    """
    ended: list[int] = []
    dry = select(issues.c.key, issues.c.state, issues.c.trouble, issues.c.audience).where(_RUN_DRY)
    for key, state, trouble, audience in connection.execute(dry).all():
        if state == "cancelling":
            while cancel_some(connection, key, trouble):
                pass
        rows = connection.execute(select(func.count()).where(deliveries.c.issue == key)).scalar()
        if rows == audience:
            final = "cancelled" if state == "cancelling" else "finished"
            connection.execute(update(issues).where(issues.c.key == key).values(state=final))
            ended.append(key)
    return ended


_WAITS = select_open(deliveries.c.issue).where(deliveries.c.issue == issues.c.key).correlate(issues)
_IN_FLIGHT = _WAITS.where(deliveries.c.state == DeliveryState.INFLIGHT.value)
_RUN_DRY = or_(
    and_(issues.c.state == "open", ~_WAITS.exists()),
    and_(issues.c.state == "cancelling", ~_IN_FLIGHT.exists()),
)


def nobody_had(connection: Connection, post: int, sequence: int) -> bool:
    """Whether the ledger knows for certain that no mail brought the post to anybody, and that none will."""
    rows = connection.execute(
        select(editions.c.key, editions.c.issue, editions.c.posts, editions.c.more)
    ).all()
    if not any(post in row.posts for row in rows):
        return False  # numbered without an issue, as an archive is, or only counted in one
    carriers = [row for row in rows if post in row.posts or row.more]
    issue_keys = {row.issue for row in carriers}
    audience = select(func.sum(issues.c.audience)).where(issues.c.key.in_(issue_keys))
    kept = select(func.count()).where(deliveries.c.issue.in_(issue_keys))
    if connection.execute(audience).scalar() != connection.execute(kept).scalar():
        return False  # a part of the ledger was purged
    harmless = deliveries.c.state.in_(_NEVER_ARRIVED)
    had = select(deliveries.c.issue).where(
        deliveries.c.issue.in_(issue_keys),
        deliveries.c.edition.in_([row.key for row in carriers]),
        deliveries.c.top >= sequence,
        or_(~harmless, deliveries.c.doubts > 0),
    )
    return connection.execute(had.limit(1)).first() is None


_NEVER_ARRIVED = tuple(
    state.value for state in (DeliveryState.REJECTED, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED)
)


def still_bringing(connection: Connection, post: int) -> list[tuple[int, str, int]]:
    """Key and state of each issue that shows the post to readers who wait for it, and how many these are."""
    rows = connection.execute(select(editions.c.key, editions.c.posts))
    showing = [row.key for row in rows if post in row.posts]
    query = (
        select_open(issues.c.key, issues.c.state, func.count())
        .join(deliveries, deliveries.c.issue == issues.c.key)
        .where(deliveries.c.edition.in_(showing), issues.c.state.in_(("open", "paused")))
        .group_by(issues.c.key, issues.c.state)
        .order_by(issues.c.key)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]
