"""Issues: who gets one, and what each of its readers gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from feeds.model.issue import Issue, Slot
from feeds.model.noun import dataclass
from feeds.model.subscriber import Cadence, Topic
from feeds.store.open_deliveries import OPEN
from feeds.store.schema.issues import deliveries, issues
from feeds.store.schema.readers import subscribers
from feeds.store.subscribers import NOT_SUPPRESSED

_MANY = 5000
"""Readers of an issue from which on the database is to know how many there are."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Readers who want the same: one selection and one edition serve them all."""

    topics: tuple[Topic, ...]
    watermark: int
    language: str
    readers: int


def choices(connection: Connection, slot: Slot | None, *, ahead: bool = False) -> list[Choice]:
    """What the readers of a slot chose, or of cadence ``each`` where the slot is None.

    Readers who are not confirmed or are suppressed, who joined after the slot was due, or whose
    last delivery is still open are not among them. ``ahead`` looks at a slot to come: whoever
    has a delivery open now will have it behind them by then.
    """
    grouped = (subscribers.c.topics, subscribers.c.watermark, subscribers.c.language)
    query = (
        select(*grouped, func.count())
        .where(_eligible(slot, ahead=ahead))
        .group_by(*grouped)
        .order_by(*grouped)
    )
    with _hashed(connection):
        return [Choice(*row) for row in connection.execute(query)]


def free_instant(connection: Connection, cadence: Cadence, now: datetime) -> datetime:
    """This instant, or the next one at which no issue of the cadence was due: a clock can stand still."""
    last = connection.execute(
        select(func.max(issues.c.due)).where(issues.c.cadence == cadence.value)
    ).scalar()
    return now if last is None or last < now else last + timedelta(microseconds=1)


def insert_issue(
    connection: Connection, cadence: Cadence, period: str, due: datetime, now: datetime
) -> Issue:
    """Writes an issue that has no audience yet."""
    values = {"cadence": cadence.value, "period": period, "due": due, "created": now}
    written = connection.execute(insert(issues).values(**values, audience=0, state="open", trouble=""))
    assert written.inserted_primary_key is not None
    return Issue(written.inserted_primary_key[0], cadence, period, due, 0, now)


def anybody_gets(
    connection: Connection, cadence: Cadence, period: str, slot: Slot | None, choice: Choice
) -> bool:
    """Whether a reader of this choice has no delivery of the period yet, not even one that failed."""
    readers = select(subscribers.c.key).where(_of(slot, choice), ~_already(cadence, period))
    return connection.execute(readers.limit(1)).first() is not None


def period_of(slot: Slot | None, top: int) -> str:
    """What a delivery is unique by for its reader: the local period, or the top number of cadence each."""
    return f"#{top}" if slot is None else slot.period


def enqueue(
    connection: Connection,
    issue: Issue,
    edition: int,
    slot: Slot | None,
    choice: Choice,
    *,
    top: int,
    now: datetime,
) -> None:
    """Writes a delivery for every reader of this choice."""
    period = period_of(slot, top)
    readers = select(
        literal(issue.key),
        subscribers.c.key,
        literal(edition),
        literal(issue.cadence.value),
        literal(period),
        literal(top),
        literal("pending"),
        literal(0),
        literal(0),
        literal(now, deliveries.c.changed.type),
        literal(""),
    ).where(_of(slot, choice), ~_already(issue.cadence, period))
    columns = [
        "issue",
        "subscriber",
        "edition",
        "cadence",
        "period",
        "top",
        "state",
        "attempts",
        "doubts",
        "changed",
        "reply",
    ]
    with _hashed(connection):
        connection.execute(insert(deliveries).from_select(columns, readers))


def freeze(connection: Connection, issue: Issue) -> int:
    """Counts the audience of the issue and stores the count for ever."""
    audience = connection.execute(select(func.count()).where(deliveries.c.issue == issue.key)).scalar() or 0
    connection.execute(update(issues).where(issues.c.key == issue.key).values(audience=audience))
    if connection.dialect.name == "postgresql" and audience > _MANY:
        connection.exec_driver_sql("ANALYZE deliveries")  # or claims are planned as for an empty table
    return audience


@contextmanager
def _hashed(connection: Connection) -> Iterator[None]:
    """Lets PostgreSQL look through the ledger once, and not once for each reader.

    Of readers who came a moment ago it knows nothing, and would take them for a few.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_nestloop = on")


def _eligible(slot: Slot | None, *, ahead: bool = False) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [subscribers.c.state == "confirmed", NOT_SUPPRESSED]
    if not ahead:
        conditions.append(~exists().where(deliveries.c.subscriber == subscribers.c.key, OPEN))
    if slot is None:
        conditions.append(subscribers.c.cadence == Cadence.EACH.value)
        return and_(*conditions)
    conditions += [
        subscribers.c.cadence == slot.cadence.value,
        subscribers.c.zone == slot.zone,
        subscribers.c.hour == slot.hour,
        subscribers.c.active_since < slot.due,  # not at the same instant: that slot's issue may be out
    ]
    if slot.weekday >= 0:
        conditions.append(subscribers.c.weekday == slot.weekday)
    return and_(*conditions)


def _of(slot: Slot | None, choice: Choice) -> ColumnElement[bool]:
    return and_(
        _eligible(slot),
        subscribers.c.topics == choice.topics,
        subscribers.c.watermark == choice.watermark,
        subscribers.c.language == choice.language,
    )


def _already(cadence: Cadence, period: str) -> ColumnElement[bool]:
    return exists().where(
        deliveries.c.subscriber == subscribers.c.key,
        deliveries.c.cadence == cadence.value,
        deliveries.c.period == period,
    )
