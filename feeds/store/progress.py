"""How far an issue has come, read again and again at a cost that depends on what was sent in between.

A million rows are not counted twice a second. Messages leave about in the order of their keys, so the ledger
of an issue is, from its front: rows that are final and never change again, a few that are open, and rows that
nobody has touched. Each look counts the rows up to where the sending has come, each of them once, and asks
the index of open deliveries which of the earlier ones are still open.
"""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, Connection, and_, func, select

from feeds.model.issue import OPEN_STATES, DeliveryState
from feeds.model.report import IssueSummary
from feeds.store.batches import batches
from feeds.store.open_deliveries import select_open
from feeds.store.schema.issues import deliveries, issues

_STEP = 1024
"""Rows that are at least looked over in one go."""

_MANY = 20_000
"""Open deliveries behind the front from which on it is cheaper to count all."""


class IssueTally:
    """The counts of one issue, kept up to date by looking at what may have changed."""

    def __init__(self, issue: int) -> None:
        self.issue = issue
        self._front = -1
        """Every row up to this subscriber's is counted, or known to be open."""
        self._final: Counter[str] = Counter()
        self._open: dict[int, str] = {}
        """State by subscriber, of the open rows up to the front."""

    def look(self, connection: Connection) -> IssueSummary:
        """The counts of this moment. Exact for an issue that has ended or stands still.

        While it runs, a row far ahead of the others may be counted as pending for a little longer. Raises
        LookupError where there is no such issue.
        """
        row = connection.execute(select(issues).where(issues.c.key == self.issue)).first()
        if row is None:
            raise LookupError(f"there is no issue {self.issue}")
        if row.state != "open":
            counts = self._by_state(connection)
        else:
            self._follow_open(connection)
            self._advance(connection)
            if len(self._open) > _MANY:
                counts = self._by_state(connection)
            else:
                counts = self._final + Counter(self._open.values())
                counts[DeliveryState.PENDING.value] += row.audience - counts.total()
        named = {state: counts[state.value] for state in DeliveryState}
        return IssueSummary(
            row.key, row.cadence, row.period, row.due, 0, row.audience, named, row.state, row.trouble
        )

    def _follow_open(self, connection: Connection) -> None:
        """Finds out what became of rows that were open at the last look."""
        if not self._open:
            return
        now = self._open_rows(connection, -1, self._front)
        closed = [key for key in self._open if key not in now]
        for some in batches(closed):
            self._final += self._by_state(connection, deliveries.c.subscriber.in_(some))
        self._open = now

    def _advance(self, connection: Connection) -> None:
        """Moves the front to where the sending has come, and counts the rows on the way."""
        front = self._sent_up_to(connection)
        if front > self._front:
            self._open |= self._open_rows(connection, self._front, front)
            counted = self._by_state(connection, _between(self._front, front))
            self._final.update({state: n for state, n in counted.items() if state not in OPEN_STATES})
            self._front = front

    def _sent_up_to(self, connection: Connection) -> int:
        """A key a little behind the last row that somebody has touched: by growing steps, then by halves."""
        low, step = self._front, _STEP
        while self._touched(connection, low + step):
            low, step = low + step, step * 2
        high = low + step
        while high - low > _STEP:
            middle = (low + high) // 2
            low, high = (middle, high) if self._touched(connection, middle) else (low, middle)
        return high

    def _touched(self, connection: Connection, key: int) -> bool:
        """Whether an attempt was made at the first row from this key on; False where there is none."""
        query = select(deliveries.c.state, deliveries.c.attempts).where(
            deliveries.c.issue == self.issue, deliveries.c.subscriber >= key
        )
        row = connection.execute(query.order_by(deliveries.c.subscriber).limit(1)).first()
        return row is not None and (row[0] != DeliveryState.PENDING.value or row[1] > 0)

    def _open_rows(self, connection: Connection, after: int, upto: int) -> dict[int, str]:
        query = select_open(deliveries.c.subscriber, deliveries.c.state).where(
            deliveries.c.issue == self.issue, _between(after, upto)
        )
        return {row.subscriber: row.state for row in connection.execute(query)}

    def _by_state(self, connection: Connection, *limits: ColumnElement[bool]) -> Counter[str]:
        query = select(deliveries.c.state, func.count()).where(deliveries.c.issue == self.issue, *limits)
        return Counter({row[0]: row[1] for row in connection.execute(query.group_by(deliveries.c.state))})


def _between(after: int, upto: int) -> ColumnElement[bool]:
    return and_(deliveries.c.subscriber > after, deliveries.c.subscriber <= upto)


def under_way(connection: Connection) -> list[int]:
    """Keys of the issues that are being sent, oldest first."""
    query = select(issues.c.key).where(issues.c.state.in_(("open", "cancelling"))).order_by(issues.c.key)
    return list(connection.execute(query).scalars())
