"""Pause, resume and cancel: the owner stops an issue in the middle, and knows exactly who had it.

The intent of every message asks for the state of its issue, in one transaction with it: so nothing is sent
whose intent comes after the commit of a pause. What was in flight by then finishes, and is recorded.
"""

from __future__ import annotations

from sqlalchemy import Connection

from feeds.errors import UsageError
from feeds.model.report import IssueSummary
from feeds.store import issue_control, ledger
from feeds.store.database import Database


def pause(database: Database, issue: int, reason: str) -> IssueSummary:
    """Stops an issue until it is resumed, and counts it in the same transaction.

    Raises UsageError for an issue that has ended.
    """
    with database.write() as connection:
        state = _state(connection, issue, "paused")
        if state == "open" or reason:
            issue_control.set_state(connection, issue, "paused", reason or "the owner paused it")
        return _summary(connection, issue)


def resume(database: Database, issue: int) -> IssueSummary:
    """Lets a paused issue go on. Raises UsageError where it is not paused."""
    with database.write() as connection:
        if issue_control.state_of(connection, issue) != "paused":
            raise UsageError(f"issue {issue} is not paused; `kawaraban deliveries` lists the issues")
        issue_control.set_state(connection, issue, "open", "")
        issue_control.finish(connection)  # where the pause came after the last message
        return _summary(connection, issue)


def cancel(database: Database, issue: int, reason: str) -> IssueSummary:
    """Ends an issue: who did not get it yet will not. Returns its counts once all that waited is cancelled.

    It is over when what is in flight by now was settled. Whoever waited keeps their watermark, so what it
    would have brought comes with their next issue, unless it is held; but who may have got it already, in
    an attempt that nobody knows the outcome of, is unknown and never gets it again. Raises UsageError for
    an issue that has ended.
    """
    why = reason or "the owner cancelled the issue"
    with database.write() as connection:
        if _state(connection, issue, "cancelled") != "cancelling":
            issue_control.set_state(connection, issue, "cancelling", why)
    left = True
    while left:  # in several transactions, so that outcomes of what is in flight can be recorded between them
        with database.write() as connection:
            left = bool(issue_control.cancel_some(connection, issue, why))
    with database.write() as connection:
        issue_control.finish(connection)
        return _summary(connection, issue)


def finish(database: Database) -> None:
    """Ends the issues that have run dry, where that was not done by whoever sent their last message."""
    with database.read() as connection:
        if not issue_control.anything_to_finish(connection):
            return
    with database.write() as connection:
        issue_control.finish(connection)


def _state(connection: Connection, issue: int, wanted: str) -> str:
    state = issue_control.state_of(connection, issue)
    if state is None:
        raise UsageError(f"there is no issue {issue}; `kawaraban deliveries` lists them")
    if state in ("finished", "cancelled") or (state == "cancelling" and wanted == "paused"):
        raise UsageError(f"issue {issue} cannot be {wanted}: it is {state}")
    return state


def _summary(connection: Connection, issue: int) -> IssueSummary:
    (summary,) = ledger.summaries(connection, issue)
    return summary
