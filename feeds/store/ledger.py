"""Deliveries: one row per issue and reader, from enqueuing to the final state."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, true, tuple_, update

from feeds.model.address import EmailAddress
from feeds.model.issue import OPEN_STATES, DeliveryState
from feeds.model.report import IssueSummary
from feeds.store import issue_control
from feeds.store.schema import deliveries, editions, issues, subscribers
from feeds.store.subscribers import NOT_SUPPRESSED

Ref = tuple[int, int]
"""A delivery: key of its issue, key of its subscriber."""


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that can be sent now."""

    issue: int
    subscriber: int
    edition: int
    top: int
    attempts: int
    doubts: int
    email: EmailAddress
    generation: int

    @property
    def ref(self) -> Ref:
        return (self.issue, self.subscriber)


@dataclass(frozen=True, slots=True)
class Settlement:
    """The new state of a delivery after an attempt."""

    ref: Ref
    state: DeliveryState
    reply: str
    next_at: datetime | None = None
    doubt: bool = False


def due(connection: Connection, after: Ref, limit: int, real_now: datetime) -> list[Due]:
    """The next deliveries of open issues behind this one, in the order of their keys."""
    query = (
        select(
            deliveries.c.issue,
            deliveries.c.subscriber,
            deliveries.c.edition,
            deliveries.c.top,
            deliveries.c.attempts,
            deliveries.c.doubts,
            subscribers.c.email,
            subscribers.c.generation,
        )
        .select_from(
            deliveries.join(issues, issues.c.key == deliveries.c.issue).outerjoin(
                subscribers, subscribers.c.key == deliveries.c.subscriber
            )
        )
        .where(
            tuple_(deliveries.c.issue, deliveries.c.subscriber) > tuple_(*after),
            issues.c.state == "open",
            deliveries.c.state.in_(("pending", "deferred")),
            or_(deliveries.c.next_at.is_(None), deliveries.c.next_at <= real_now),
        )
        .order_by(deliveries.c.issue, deliveries.c.subscriber)
        .limit(limit)
    )
    return [
        Due(*row[:6], EmailAddress(*(row[6] or "@").rsplit("@", 1)), row[7] or 0)
        for row in connection.execute(query)
    ]


def anything_due(connection: Connection, real_now: datetime) -> bool:
    """Whether a delivery of an open issue can be sent now, or was left in flight."""
    waits = and_(
        deliveries.c.state.in_(("pending", "deferred")),
        or_(deliveries.c.next_at.is_(None), deliveries.c.next_at <= real_now),
        deliveries.c.issue.in_(select(issues.c.key).where(issues.c.state == "open")),
    )
    query = select(deliveries.c.issue).where(or_(waits, deliveries.c.state == "inflight"))
    return connection.execute(query.limit(1)).first() is not None


def intend(connection: Connection, refs: Sequence[Ref], now: datetime) -> set[Ref]:
    """Makes these deliveries inflight where they may still be sent, and returns which.

    Whoever unsubscribed, was erased or was suppressed before this transaction gets a final state
    instead, and so does who unsubscribed and confirmed anew since the issue was composed: their
    watermark has passed it. Deliveries of a paused issue stay as they are.
    """
    if not refs:
        return set()
    wanted = and_(subscribers.c.state == "confirmed", subscribers.c.watermark < deliveries.c.top)
    query = (
        select(deliveries.c.issue, deliveries.c.subscriber, issues.c.state, wanted, NOT_SUPPRESSED)
        .select_from(
            deliveries.join(issues, issues.c.key == deliveries.c.issue).outerjoin(
                subscribers, subscribers.c.key == deliveries.c.subscriber
            )
        )
        .where(
            tuple_(deliveries.c.issue, deliveries.c.subscriber).in_(list(refs)),
            deliveries.c.state.in_(("pending", "deferred")),
        )
    )
    stands: set[Ref] = set()
    refused: list[Settlement] = []
    for issue, subscriber, issue_state, still_wanted, may_be_mailed in connection.execute(query):
        if issue_state != "open":
            continue
        if still_wanted and may_be_mailed:
            stands.add((issue, subscriber))
        elif still_wanted:
            refused.append(
                Settlement((issue, subscriber), DeliveryState.SUPPRESSED, "the address is suppressed")
            )
        else:
            refused.append(
                Settlement((issue, subscriber), DeliveryState.CANCELLED, "the reader unsubscribed")
            )
    if stands:
        statement = (
            update(deliveries)
            .where(deliveries.c.issue == bindparam("i"), deliveries.c.subscriber == bindparam("s"))
            .values(
                state=DeliveryState.INFLIGHT.value,
                attempts=deliveries.c.attempts + 1,
                changed=now,
                next_at=None,
            )
        )
        connection.execute(statement, [{"i": issue, "s": subscriber} for issue, subscriber in sorted(stands)])
    settle(connection, refused, now)
    return stands


def settle(connection: Connection, settlements: Sequence[Settlement], now: datetime) -> None:
    """Stores the outcomes, and moves the watermark of every reader who has the post (or may have it)."""
    if not settlements:
        return
    statement = (
        update(deliveries)
        .where(deliveries.c.issue == bindparam("i"), deliveries.c.subscriber == bindparam("s"))
        .values(
            state=bindparam("to"),
            reply=bindparam("said"),
            next_at=bindparam("again"),
            doubts=deliveries.c.doubts + bindparam("doubt"),
            changed=now,
        )
    )
    rows = [
        {
            "i": s.ref[0],
            "s": s.ref[1],
            "to": s.state.value,
            "said": s.reply[:500],
            "again": s.next_at,
            "doubt": int(s.doubt),
        }
        for s in settlements
    ]
    connection.execute(statement, rows)
    done = [s.ref for s in settlements if s.state in (DeliveryState.SENT, DeliveryState.UNKNOWN)]
    if done:
        _move_watermarks(connection, done)


def _move_watermarks(connection: Connection, refs: Sequence[Ref]) -> None:
    top = (
        select(deliveries.c.top)
        .where(deliveries.c.issue == bindparam("i"), deliveries.c.subscriber == bindparam("s"))
        .scalar_subquery()
    )
    statement = (
        update(subscribers)
        .where(subscribers.c.key == bindparam("s"))
        .values(watermark=case((subscribers.c.watermark < top, top), else_=subscribers.c.watermark))
    )
    connection.execute(statement, [{"i": issue, "s": subscriber} for issue, subscriber in refs])


def in_doubt(connection: Connection) -> list[Ref]:
    """Deliveries that a run left inflight: nobody knows whether their mail arrived."""
    query = select(deliveries.c.issue, deliveries.c.subscriber).where(deliveries.c.state == "inflight")
    return [(row[0], row[1]) for row in connection.execute(query)]


def pause(connection: Connection, issue: int, trouble: str) -> None:
    """Stops an issue until it is resumed; its open deliveries stay as they are."""
    values = {"state": "paused", "trouble": trouble[:500]}
    connection.execute(update(issues).where(issues.c.key == issue, issues.c.state == "open").values(values))


def finish_balanced(connection: Connection) -> list[int]:
    """Ends every issue whose deliveries are all final and are as many as its audience."""
    return issue_control.finish(connection)


def count_open(connection: Connection) -> int:
    """How many deliveries have no final state."""
    return connection.execute(select(func.count()).where(deliveries.c.state.in_(OPEN_STATES))).scalar() or 0


def summaries(connection: Connection, only: int | None = None) -> tuple[IssueSummary, ...]:
    """Every issue with the count of each delivery state, newest first; or only the one with this key."""
    counts: dict[int, dict[DeliveryState, int]] = {}
    query = select(deliveries.c.issue, deliveries.c.state, func.count())
    query = query.where(true() if only is None else deliveries.c.issue == only)
    for issue, state, number in connection.execute(query.group_by(deliveries.c.issue, deliveries.c.state)):
        counts.setdefault(issue, {})[DeliveryState(state)] = number
    carried: dict[int, set[int]] = {}
    shown = select(editions.c.issue, editions.c.posts)
    for issue, keys in connection.execute(shown.where(true() if only is None else editions.c.issue == only)):
        carried.setdefault(issue, set()).update(keys)
    every = select(issues).where(true() if only is None else issues.c.key == only)
    rows = connection.execute(every.order_by(issues.c.key.desc()))
    return tuple(
        IssueSummary(
            row.key,
            row.cadence,
            row.period,
            row.due,
            len(carried.get(row.key, ())),
            row.audience,
            {state: counts.get(row.key, {}).get(state, 0) for state in DeliveryState},
            row.state,
            row.trouble,
        )
        for row in rows
    )


def lines(
    connection: Connection, issue: int, states: Collection[DeliveryState] = ()
) -> list[tuple[int, str, DeliveryState, int, str]]:
    """Subscriber key, address, state, attempts and last reply of the deliveries of an issue, by address.

    All of them, or those in one of the states.
    """
    among = deliveries.c.state.in_([state.value for state in states]) if states else true()
    query = (
        select(
            deliveries.c.subscriber,
            func.coalesce(subscribers.c.email, "(erased)"),
            deliveries.c.state,
            deliveries.c.attempts,
            deliveries.c.reply,
        )
        .select_from(deliveries.outerjoin(subscribers, subscribers.c.key == deliveries.c.subscriber))
        .where(deliveries.c.issue == issue, among)
        .order_by(subscribers.c.email, deliveries.c.subscriber)
    )
    return [(row[0], row[1], DeliveryState(row[2]), row[3], row[4]) for row in connection.execute(query)]
