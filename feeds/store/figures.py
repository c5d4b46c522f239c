"""Figures about all issues, asked for again and again: each time only what may have changed is counted."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from feeds.model.issue import OPEN_STATES, DeliveryState
from feeds.model.report import IssueSummary, LedgerFigures
from feeds.store import bounces
from feeds.store.instance import copied
from feeds.store.notices import WAITING
from feeds.store.progress import IssueTally
from feeds.store.schema.issues import issues, notices

_ENDED = ("finished", "cancelled")


class LedgerWatch:
    """Remembers how far every issue that has not ended has come."""

    def __init__(self) -> None:
        self._tallies: dict[int, IssueTally] = {}
        self._seen: dict[int, IssueSummary] = {}
        self._outcomes: Counter[DeliveryState] = Counter()
        self._newest: int | None = None

    def begin(self) -> None:
        """There is no ledger yet: all that it will ever hold is new."""
        self._newest = 0

    def look(self, connection: Connection, now: datetime) -> LedgerFigures:
        """The figures of this moment. Outcomes count from the first look on."""
        first = self._newest is None
        for key, state in self._to_look_at(connection):
            self._follow(connection, key, state, first=first)
        states = select(issues.c.state, func.count()).group_by(issues.c.state)
        by_state = {row[0]: row[1] for row in connection.execute(states)}
        oldest = select(func.min(issues.c.created)).where(issues.c.state == "open")
        waiting = select(func.count(), func.min(notices.c.created)).where(notices.c.state.in_(WAITING))
        notices_open, oldest_notice = connection.execute(waiting).one()
        open_ = Counter[DeliveryState]()
        for summary in self._seen.values():
            open_.update({state: summary.counts.get(state, 0) for state in OPEN_STATES})
        return LedgerFigures(
            outcomes={state: self._outcomes[state] for state in DeliveryState if state not in OPEN_STATES},
            open={state: open_[state] for state in OPEN_STATES},
            issues=by_state,
            oldest_issue=_age(connection.execute(oldest).scalar(), now),
            notices=notices_open,
            oldest_notice=_age(oldest_notice, now),
            receipts=bounces.counts(connection),
            copy=copied(connection) is not None,
        )

    def _to_look_at(self, connection: Connection) -> list[tuple[int, str]]:
        """Issues that have not ended, that ended since the last look, or that are new."""
        newest = connection.execute(select(func.max(issues.c.key))).scalar() or 0
        query = select(issues.c.key, issues.c.state).where(
            or_(
                issues.c.state.not_in(_ENDED),
                issues.c.key.in_(list(self._tallies)),
                issues.c.key > (newest if self._newest is None else self._newest),
            )
        )
        self._newest = newest
        return [(row[0], row[1]) for row in connection.execute(query)]

    def _follow(self, connection: Connection, key: int, state: str, *, first: bool) -> None:
        before = self._seen.get(key)
        if before is not None and before.state == state == "paused" and not before.inflight:
            return  # nothing happens to it
        now = self._tallies.setdefault(key, IssueTally(key)).look(connection)
        if not first:
            for outcome, number in now.counts.items():
                known = before.counts.get(outcome, 0) if before is not None else 0
                if outcome not in OPEN_STATES and number > known:
                    self._outcomes[outcome] += number - known
        self._seen[key] = now
        if state in _ENDED:
            del self._seen[key], self._tallies[key]


def _age(instant: datetime | None, now: datetime) -> float:
    return 0.0 if instant is None else max(0.0, (now - instant).total_seconds())
