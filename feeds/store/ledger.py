"""Deliveries: one row per issue and reader, from enqueuing to the final state."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select, true, update

from feeds.model.address import EmailAddress
from feeds.model.issue import DeliveryState, Ref
from feeds.model.report import IssueSummary
from feeds.store import bounces, issue_control
from feeds.store.open_deliveries import select_open
from feeds.store.schema.issues import deliveries, editions, issues
from feeds.store.schema.readers import subscribers


class Due(NamedTuple):
    """A delivery that can be sent now. A tuple: one comes with every message, and is made in no time."""

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


class Settlement(NamedTuple):
    """The new state of a delivery after an attempt; a tuple as ``Due``."""

    ref: Ref
    state: DeliveryState
    reply: str
    next_at: datetime | None = None
    doubt: bool = False
    pauses: bool = False
    """The issue waits until its owner resumes it."""
    suppresses: bool = False
    """The address is never mailed again."""


def pause(connection: Connection, issue: int, trouble: str) -> None:
    """Stops an issue until it is resumed; its open deliveries stay as they are."""
    values = {"state": "paused", "trouble": trouble[:500]}
    connection.execute(update(issues).where(issues.c.key == issue, issues.c.state == "open").values(values))


def finish_balanced(connection: Connection) -> list[int]:
    """Ends every issue whose deliveries are all final and are as many as its audience."""
    return issue_control.finish(connection)


def count_open(connection: Connection) -> int:
    """How many deliveries have no final state."""
    return connection.execute(select_open(func.count(deliveries.c.issue))).scalar() or 0


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
    back = bounces.by_issue(connection, only)
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
            *back.get(row.key, (0, 0)),
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
