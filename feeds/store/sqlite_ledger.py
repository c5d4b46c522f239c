"""The ledger in SQLite, where one process delivers.

Each message writes its row twice, so statements here take many rows at once and go straight to the driver:
one call of it gives up the interpreter's lock once, however many rows it writes. Their parameters are
integers and texts and nothing else: None and bools the driver first offers to every adapter, at more cost.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from feeds.model.address import EmailAddress
from feeds.model.issue import DeliveryState, Ref
from feeds.store import notices
from feeds.store.dispatch import Dispatch
from feeds.store.ledger import Due, Settlement
from feeds.store.notices import NoticeSettlement
from feeds.store.schema.issues import open_condition
from feeds.store.types import microseconds

if TYPE_CHECKING:
    from feeds.store.sqlite import SqliteDatabase

_OPEN = open_condition("d.")

_WANTED = "s.state = 'confirmed' AND s.watermark < d.top"
_MAILABLE = "NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address_hash = s.address_hash)"
_READER = "EXISTS (SELECT 1 FROM subscribers s WHERE s.key = d.subscriber AND "
_STILL_WANTED = _READER + _WANTED + ")"
_STILL_MAILED = _READER + _WANTED + " AND " + _MAILABLE + ")"
_WAITING = """d.issue = o.column1 AND d.subscriber = o.column2 AND d.state IN ('pending', 'deferred')
  AND EXISTS (SELECT 1 FROM issues i WHERE i.key = d.issue AND i.state = 'open')"""

_DUE = f"""
SELECT d.issue, d.subscriber, d.edition, d.top, d.attempts, d.doubts, s.email, s.generation,
  coalesce({_WANTED} AND {_MAILABLE}, 0)
FROM deliveries d INDEXED BY ix_deliveries_open
JOIN issues i ON i.key = d.issue LEFT JOIN subscribers s ON s.key = d.subscriber
WHERE (d.issue, d.subscriber) > (?, ?) AND i.state = 'open' AND {_OPEN}
  AND d.state IN ('pending', 'deferred') AND (d.next_at IS NULL OR d.next_at <= ?)
ORDER BY d.issue, d.subscriber LIMIT ?
"""  # noqa: S608  # constants

_ANYTHING_DUE = f"""
SELECT EXISTS (
  SELECT 1 FROM deliveries d INDEXED BY ix_deliveries_open JOIN issues i ON i.key = d.issue
  WHERE i.state = 'open' AND {_OPEN} AND d.state IN ('pending', 'deferred')
    AND (d.next_at IS NULL OR d.next_at <= ?))
OR EXISTS (SELECT 1 FROM deliveries d INDEXED BY ix_deliveries_open WHERE {_OPEN} AND d.state = 'inflight')
"""  # noqa: S608

_SETTLE = """
UPDATE deliveries AS d SET state = o.column3, reply = o.column4, next_at = nullif(o.column5, 0),
  doubts = doubts + o.column6, changed = ?
FROM ({rows}) AS o
WHERE d.issue = o.column1 AND d.subscriber = o.column2 AND d.state = 'inflight'
"""

_MOVE_WATERMARKS = """
UPDATE subscribers SET watermark = d.top
FROM ({rows}) AS o CROSS JOIN deliveries d ON d.issue = o.column1 AND d.subscriber = o.column2
WHERE key = d.subscriber AND watermark < d.top
"""

_INTEND = f"""
UPDATE deliveries AS d SET state = 'inflight', attempts = attempts + 1, changed = ?, next_at = NULL
FROM ({{rows}}) AS o WHERE {_WAITING} AND {_STILL_MAILED}
"""  # noqa: S608

_RETIRE = f"""
UPDATE deliveries AS d SET next_at = NULL, changed = ?,
  state = CASE WHEN {_STILL_WANTED} THEN 'suppressed' ELSE 'cancelled' END,
  reply = CASE WHEN {_STILL_WANTED} THEN 'the address is suppressed' ELSE 'the reader unsubscribed' END
FROM ({{rows}}) AS o WHERE {_WAITING} AND NOT {_STILL_MAILED}
"""  # noqa: S608

_PAUSE = "UPDATE issues SET state = 'paused', trouble = ? WHERE key = ? AND state = 'open'"
_SUPPRESS = """
INSERT OR IGNORE INTO suppressions (address_hash, reason, created)
SELECT address_hash, ?, ? FROM subscribers WHERE key = ?
"""

_LEFT = f"FROM deliveries d INDEXED BY ix_deliveries_open WHERE {_OPEN} AND d.state = 'inflight'"
_PASS_OVER_LEFT = f"""
UPDATE subscribers SET watermark = l.top FROM (SELECT d.subscriber, d.top {_LEFT}) AS l
WHERE key = l.subscriber AND watermark < l.top
"""  # noqa: S608
_RECOVER = f"""
UPDATE deliveries SET state = ?, reply = ?, changed = ?, doubts = doubts + 1, next_at = NULL
WHERE (issue, subscriber) IN (SELECT d.issue, d.subscriber {_LEFT})
"""  # noqa: S608

_STEP, _MOST = 8, 64
"""Rows of a statement: few different numbers of them, so that the driver has each statement ready."""


class SqliteDispatch(Dispatch):
    """The ledger of a file: what a run looks at is nobody else's."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._left: list[Ref] = []
        """Of readers who left since the issue was composed; settled with the next commit."""

    @contextmanager
    def claiming(self, *, reserves: bool) -> Iterator[Connection]:
        with self._database.write() if reserves else self._database.read() as connection:
            yield connection

    def due(self, connection: Connection, after: Ref, limit: int, real_now: datetime) -> list[Due]:
        while True:
            values = (*after, microseconds(real_now), limit)
            rows = connection.exec_driver_sql(_DUE, values).fetchall()
            due = [_due(row) for row in rows if row[8]]
            self._left += [(row[0], row[1]) for row in rows if not row[8]]
            if due or not rows:
                return due
            after = (rows[-1][0], rows[-1][1])

    def give_back(self, connection: Connection, refs: Iterable[Ref]) -> None:
        """Nothing was written."""

    def commit(self, settlements: Sequence[Settlement], intents: Sequence[Ref], now: datetime) -> set[Ref]:
        changed = microseconds(now)
        try:
            with self._database.quick() as cursor:
                _settle(cursor, settlements, changed)
                self._retire(cursor, changed)
                if _apply(cursor, _INTEND, (changed,), intents) < len(intents):
                    raise _Short
        except _Short:
            return self._commit_apart(settlements, intents, changed)
        self._left.clear()
        return set(intents)

    def _commit_apart(
        self, settlements: Sequence[Settlement], intents: Sequence[Ref], changed: int
    ) -> set[Ref]:
        """The same once more, looking at each intent: not all of them stand."""
        with self._database.quick() as cursor:
            _settle(cursor, settlements, changed)
            stands = {ref for ref in intents if _apply(cursor, _INTEND, (changed,), [ref])}
            self._left += [ref for ref in intents if ref not in stands]
            self._retire(cursor, changed)
        self._left.clear()
        return stands

    def commit_notices(self, settlements: Sequence[NoticeSettlement], intents: Sequence[int]) -> set[int]:
        with self._database.write() as connection:
            notices.settle(connection, settlements)
            return notices.intend(connection, intents)

    def recover(self, state: DeliveryState, reply: str, now: datetime) -> int:
        with self._database.write() as connection:
            notices.recover(connection)
            if state is DeliveryState.UNKNOWN:  # nobody gets twice what may have arrived
                connection.exec_driver_sql(_PASS_OVER_LEFT)
            return connection.exec_driver_sql(_RECOVER, (state.value, reply, microseconds(now))).rowcount

    def anything_due(self, real_now: datetime) -> bool:
        with self._database.read() as connection:
            if connection.exec_driver_sql(_ANYTHING_DUE, (microseconds(real_now),)).scalar_one():
                return True
            return notices.anything_due(connection, real_now)

    def close(self) -> None:
        if self._left:
            with self._database.quick() as cursor:
                self._retire(cursor, microseconds(self._database.real_now()))
            self._left.clear()

    def _retire(self, cursor: sqlite3.Cursor, changed: int) -> None:
        if self._left:
            _apply(cursor, _RETIRE, (changed,), self._left)


class _Short(Exception):
    """Not every intent stands: no error, but what undoes the transaction."""


def _settle(cursor: sqlite3.Cursor, settlements: Sequence[Settlement], changed: int) -> None:
    """Stores the outcomes of what is in flight, and what follows from them; twice is the same as once."""
    rows = []
    for settled in settlements:
        again = settled.next_at
        next_at = 0 if again is None else microseconds(again)
        rows.append((*settled.ref, settled.state.value, settled.reply[:500], next_at, int(settled.doubt)))
        if settled.pauses:
            cursor.execute(_PAUSE, (settled.reply[:500], settled.ref[0]))
        if settled.suppresses:
            cursor.execute(_SUPPRESS, (settled.reply, changed, settled.ref[1]))
    _apply(cursor, _SETTLE, (changed,), rows)
    done = [s.ref for s in settlements if s.state in (DeliveryState.SENT, DeliveryState.UNKNOWN)]
    _apply(cursor, _MOVE_WATERMARKS, (), done)


def _apply(cursor: sqlite3.Cursor, statement: str, first: tuple[Any, ...], rows: Sequence[Any]) -> int:
    """Executes the statement on these rows, and returns how many it changed."""
    changed = 0
    for start in range(0, len(rows), _MOST):
        portion = rows[start : start + _MOST]
        missing = -len(portion) % _STEP
        width = len(portion[0])
        nobody = (0,) * (missing * width)  # no issue has the key 0
        values = (*first, *chain.from_iterable(portion), *nobody)
        cursor.execute(_with_rows(statement, width, len(portion) + missing), values)
        changed += cursor.rowcount
    return changed


@cache
def _with_rows(statement: str, width: int, count: int) -> str:
    """The statement with places for so many rows, whose columns SQLite calls column1, column2 and so on."""
    row = f"({', '.join('?' * width)})"
    return statement.format(rows="VALUES " + ", ".join([row] * count))


def _due(row: Sequence[Any]) -> Due:
    issue, subscriber, edition, top, attempts, doubts, email, generation, _ = row
    address = EmailAddress(*email.rsplit("@", 1))
    return Due(issue, subscriber, edition, top, attempts, doubts, address, generation)
