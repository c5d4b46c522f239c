"""How many readers asked for each feed, by day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from feeds.model.audience import ReaderCount
from feeds.store.schema.feeds import reader_counts as table

_KEY = (table.c.day, table.c.feed, table.c.service, table.c.feed_id)


def raise_counts(connection: Connection, counts: Iterable[ReaderCount]) -> None:
    """Stores each number, unless that day had a higher one already."""
    highest: dict[tuple[str, str, str, str], int] = {}
    for count in counts:
        key = count.day.isoformat(), count.feed, count.service, count.feed_id
        highest[key] = max(count.readers, highest.get(key, 0))
    days = {key[0] for key in highest}
    query = select(*_KEY, table.c.readers).where(table.c.day.in_(days))
    known = {(row[0], row[1], row[2], row[3]): int(row[4]) for row in connection.execute(query)}
    new = [
        dict(zip(("day", "feed", "service", "feed_id"), k, strict=True), readers=n)
        for k, n in highest.items()
        if k not in known
    ]
    higher = [dict(zip("dfsi", k, strict=True), n=n) for k, n in highest.items() if n > known.get(k, n)]
    if new:
        connection.execute(insert(table), new)
    if higher:
        where = [column == bindparam(name) for column, name in zip(_KEY, "dfsi", strict=True)]
        connection.execute(update(table).where(*where).values(readers=bindparam("n")), higher)


def counts_since(connection: Connection, first: date) -> list[ReaderCount]:
    """The numbers of this day and all later ones."""
    query = select(*_KEY, table.c.readers).where(table.c.day >= first.isoformat())
    return [
        ReaderCount(date.fromisoformat(day), feed, service, feed_id, readers)
        for day, feed, service, feed_id, readers in connection.execute(query)
    ]


def forget_before(connection: Connection, first: date) -> None:
    """Drops the numbers of all earlier days."""
    connection.execute(delete(table).where(table.c.day < first.isoformat()))
