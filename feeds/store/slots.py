"""Slots: which readers want, and which of them have passed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, insert, select

from feeds.model.issue import Slot
from feeds.model.noun import dataclass
from feeds.model.subscriber import Cadence
from feeds.store.schema.issues import slots
from feeds.store.schema.readers import subscribers


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When some confirmed readers want their mail."""

    cadence: Cadence
    zone: str
    hour: int
    weekday: int
    """-1 for daily mail, whatever weekday its reader would choose for weekly."""


def rhythms(connection: Connection) -> list[Rhythm]:
    """The distinct rhythms of daily and weekly readers."""
    weekday = case((subscribers.c.cadence == Cadence.WEEKLY.value, subscribers.c.weekday), else_=-1).label(
        "on"
    )
    columns = (subscribers.c.cadence, subscribers.c.zone, subscribers.c.hour, weekday)
    query = (
        select(*columns)
        .where(subscribers.c.state == "confirmed", subscribers.c.cadence != Cadence.EACH.value)
        .distinct()
        .order_by(*columns[:3], "on")
    )
    return [Rhythm(Cadence(row[0]), *row[1:]) for row in connection.execute(query)]


def is_closed(connection: Connection, slot: Slot) -> bool:
    """Whether the slot has passed already."""
    return connection.execute(select(slots.c.due).where(_same_slot(slot))).first() is not None


def close(connection: Connection, slot: Slot, now: datetime) -> None:
    """Stores that the slot has passed."""
    connection.execute(
        insert(slots).values(
            cadence=slot.cadence.value,
            zone=slot.zone,
            hour=slot.hour,
            weekday=slot.weekday,
            period=slot.period,
            due=slot.due,
            closed=now,
        )
    )


def _same_slot(slot: Slot) -> ColumnElement[bool]:
    return and_(
        slots.c.cadence == slot.cadence.value,
        slots.c.zone == slot.zone,
        slots.c.hour == slot.hour,
        slots.c.weekday == slot.weekday,
        slots.c.period == slot.period,
    )
