"""The ledger on PostgreSQL, where several nodes deliver at once.

A delivery is claimed by writing the node's epoch into its row, and from then on every write names that
epoch: what another node took over no longer matches. An intent also needs a lease that still runs for a
while. What a node left in flight is touched by others only once its message cannot be on the wire any more.

No row is locked to look at it: who changes what an intent looks at waits for the intents (``intents``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from feeds.errors import StoreError
from feeds.model.address import EmailAddress
from feeds.model.issue import DeliveryState, Ref
from feeds.store import ledger, notices, subscribers
from feeds.store.dispatch import Dispatch
from feeds.store.intents import BESIDE_OTHERS, hold_intents
from feeds.store.ledger import Due, Settlement
from feeds.store.nodes import NOW, Node
from feeds.store.notices import NoticeSettlement
from feeds.store.types import microseconds

if TYPE_CHECKING:
    from feeds.store.postgres import PostgresDatabase

log = logging.getLogger(__name__)

_MARGIN = 15
"""Seconds that the lease must still run for an intent: the message begins within them, or not at all."""

_LAST_DOT = 660
"""Seconds after the end of its lease after which it has nothing on the wire (RFC 5321 4.5.3.2.6)."""

WITHIN = 60.0
"""Seconds from asking for an intent to the final dot, at most: then ``_LAST_DOT`` holds."""

_PATIENCE = 45.0
"""Seconds that a server which restarts is waited for: less than a lease."""

_CLAIM = f"""
WITH mine AS (
  SELECT d.issue, d.subscriber FROM deliveries d JOIN issues i ON i.key = d.issue
  WHERE (d.issue, d.subscriber) > ({{issue}}, {{subscriber}}) AND i.state = 'open'
    AND d.open AND d.state IN ('pending', 'deferred') AND (d.next_at IS NULL OR d.next_at <= {{now}})
    AND (d.node IS NULL OR d.node = {{epoch}} OR NOT EXISTS (
      SELECT FROM nodes n WHERE n.epoch = d.node AND n.until > {NOW} AND n.name <> %s))
  ORDER BY d.issue, d.subscriber LIMIT {{limit}} FOR UPDATE OF d SKIP LOCKED),
claimed AS (
  UPDATE deliveries d SET node = {{epoch}} FROM mine
  WHERE d.issue = mine.issue AND d.subscriber = mine.subscriber
  RETURNING d.issue, d.subscriber, d.edition, d.top, d.attempts, d.doubts)
SELECT c.*, s.email, s.generation FROM claimed c LEFT JOIN subscribers s ON s.key = c.subscriber
ORDER BY c.issue, c.subscriber
"""  # noqa: S608  # numbers, written out so that each claim is planned for where it begins

_SETTLE = """
WITH outcome AS (
  SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::int[])
    AS o(issue, subscriber, state, reply, next_at, doubt)),
settled AS (
  UPDATE deliveries d SET state = o.state, reply = o.reply, next_at = o.next_at, changed = %s,
    doubts = d.doubts + o.doubt, node = CASE WHEN o.state IN ('pending', 'deferred') THEN NULL ELSE d.node END
  FROM outcome o
  WHERE d.issue = o.issue AND d.subscriber = o.subscriber AND d.state = 'inflight' AND d.node = %s
  RETURNING d.subscriber, d.top, d.state)
UPDATE subscribers s SET watermark = settled.top FROM settled
WHERE s.key = settled.subscriber AND settled.state IN ('sent', 'unknown') AND s.watermark < settled.top
"""

_LEFT_US = "(s.key IS NULL OR s.state <> 'confirmed' OR s.watermark >= d.top)"

_INTEND = f"""
UPDATE deliveries d SET changed = %s, next_at = NULL,
  state = CASE WHEN {_LEFT_US} THEN 'cancelled' WHEN x.address_hash IS NOT NULL THEN 'suppressed'
    ELSE 'inflight' END,
  reply = CASE WHEN {_LEFT_US} THEN 'the reader unsubscribed'
    WHEN x.address_hash IS NOT NULL THEN 'the address is suppressed' ELSE d.reply END,
  attempts = d.attempts + CASE WHEN {_LEFT_US} OR x.address_hash IS NOT NULL THEN 0 ELSE 1 END
FROM unnest(%s::bigint[], %s::bigint[]) AS w(issue, subscriber)
JOIN issues i ON i.key = w.issue AND i.state = 'open'
LEFT JOIN subscribers s ON s.key = w.subscriber
LEFT JOIN suppressions x ON x.address_hash = s.address_hash
WHERE d.issue = w.issue AND d.subscriber = w.subscriber
  AND d.node = %s AND d.state IN ('pending', 'deferred')
  AND EXISTS (SELECT FROM nodes n WHERE n.epoch = %s AND n.until > {NOW} + {_MARGIN * 1_000_000})
RETURNING d.issue, d.subscriber, d.state
"""  # noqa: S608  # constants

_TAKE_BACK = """
UPDATE deliveries d SET state = 'pending', attempts = d.attempts - 1
FROM unnest(%s::bigint[], %s::bigint[]) AS w(issue, subscriber)
WHERE d.issue = w.issue AND d.subscriber = w.subscriber AND d.node = %s AND d.state = 'inflight'
"""

_GIVE_BACK = """
UPDATE deliveries d SET node = NULL FROM unnest(%s::bigint[], %s::bigint[]) AS w(issue, subscriber)
WHERE d.issue = w.issue AND d.subscriber = w.subscriber AND d.node = %s AND d.state IN ('pending', 'deferred')
"""

_LEFT = f"""state = 'inflight' AND (node IS NULL OR node = %s
  OR node IN (SELECT epoch FROM nodes WHERE name = %s)
  OR NOT EXISTS (SELECT FROM nodes n WHERE n.epoch = node AND n.until + {_LAST_DOT * 1_000_000} > {NOW}))
"""  # noqa: S608
"""In flight of nobody who could still send it: of this folder, whose lock we hold, or of a node long gone."""

_RECOVER = f"""
WITH recovered AS (
  UPDATE deliveries d SET state = %s, reply = %s, changed = %s,
    doubts = d.doubts + 1, next_at = NULL, node = NULL
  WHERE (issue, subscriber) IN (
    SELECT issue, subscriber FROM deliveries WHERE open AND {_LEFT} FOR UPDATE SKIP LOCKED)
  RETURNING d.subscriber, d.top, d.state),
moved AS (
  UPDATE subscribers s SET watermark = r.top FROM recovered r
  WHERE s.key = r.subscriber AND r.state = 'unknown' AND s.watermark < r.top)
SELECT count(*) FROM recovered
"""  # noqa: S608

_ANYTHING_DUE = f"""
SELECT EXISTS (
  SELECT FROM deliveries d JOIN issues i ON i.key = d.issue
  WHERE i.state = 'open' AND d.open AND d.state IN ('pending', 'deferred')
    AND (d.next_at IS NULL OR d.next_at <= %s) AND (d.node IS NULL OR d.node = %s OR NOT EXISTS (
      SELECT FROM nodes n WHERE n.epoch = d.node AND n.until > {NOW} AND n.name <> %s)))
OR EXISTS (SELECT FROM deliveries WHERE open AND {_LEFT})
"""  # noqa: S608

_RECOVER_NOTICES = f"UPDATE notices SET state = 'pending', node = NULL WHERE {_LEFT}"  # noqa: S608
_NOTICES_LEFT = f"SELECT EXISTS (SELECT FROM notices WHERE {_LEFT})"  # noqa: S608

Result = TypeVar("Result")


class PostgresDispatch(Dispatch):
    """The ledger of several nodes: each claims first, and waits for a server that went away in a commit."""

    within = WITHIN
    apart = True

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self._node = database.node

    def claiming(self, *, reserves: bool) -> AbstractContextManager[Connection]:
        return self._database.ledger()

    def due(self, connection: Connection, after: Ref, limit: int, real_now: datetime) -> list[Due]:
        return claim(connection, self._node, after, limit, real_now)

    def give_back(self, connection: Connection, refs: Iterable[Ref]) -> None:
        give_back(connection, self._node, refs)

    def commit(self, settlements: Sequence[Settlement], intents: Sequence[Ref], now: datetime) -> set[Ref]:
        plain = not any(settled.pauses or settled.suppresses for settled in settlements)

        def transaction(again: bool) -> set[Ref]:
            if plain and not again:
                return self._commit_at_once(settlements, intents, now)
            with self._database.ledger() as connection:
                lock(connection, alone=not plain)
                if again:  # those of the earlier try that stand: nobody has acted on them
                    take_back(connection, self._node, intents)
                for settled in settlements:
                    if settled.pauses:
                        ledger.pause(connection, settled.ref[0], settled.reply)
                    if settled.suppresses:
                        subscribers.suppress(connection, settled.ref[1], reason=settled.reply, now=now)
                settle(connection, self._node, settlements, now)
                return intend(connection, self._node, intents, now)

        return patiently(transaction)

    def _commit_at_once(
        self, settlements: Sequence[Settlement], intents: Sequence[Ref], now: datetime
    ) -> set[Ref]:
        """Locks, outcomes, intents and the commit in one round trip; a statement sees what was locked."""
        with self._database.pipelined() as connection:
            if intents:
                connection.execute(BESIDE_OTHERS)
            if settlements:
                connection.execute(_SETTLE, _settlement_columns(self._node, settlements, now))
            found = (
                connection.execute(_INTEND, _intent_columns(self._node, intents, now)) if intents else None
            )
        return set() if found is None else _standing(found)

    def commit_notices(self, settlements: Sequence[NoticeSettlement], intents: Sequence[int]) -> set[int]:
        epoch = self._node.epoch

        def transaction(again: bool) -> set[int]:
            with self._database.ledger() as connection:
                if again:
                    notices.take_back(connection, intents, epoch)
                notices.settle(connection, settlements, epoch)
                return notices.intend(connection, intents, epoch)

        return patiently(transaction)

    def recover(self, state: DeliveryState, reply: str, now: datetime) -> int:
        with self._database.ledger() as connection:
            return recover(connection, self._node, state, reply, now)

    def anything_due(self, real_now: datetime) -> bool:
        with self._database.read() as connection:
            if anything_due(connection, self._node, real_now):
                return True
            return bool(notices.due(connection, 0, 1, real_now))


def claim(connection: Connection, node: Node, after: Ref, limit: int, real_now: datetime) -> list[Due]:
    """Makes the next deliveries behind this one the node's, in the order of their keys, and returns them."""
    statement = _CLAIM.format(
        issue=int(after[0]),
        subscriber=int(after[1]),
        now=microseconds(real_now),
        epoch=node.epoch,
        limit=int(limit),
    )
    rows = connection.exec_driver_sql(statement, (node.name,))
    return [
        Due(issue, subscriber, edition, top, attempts, doubts, _address(email), generation or 0)
        for issue, subscriber, edition, top, attempts, doubts, email, generation in rows
    ]


def give_back(connection: Connection, node: Node, refs: Iterable[Ref]) -> None:
    """Lets others have what was claimed and not begun."""
    issues, readers = _columns(refs)
    connection.exec_driver_sql(_GIVE_BACK, (issues, readers, node.epoch))


def lock(connection: Connection, *, alone: bool = False) -> None:
    """Until the transaction ends no issue is paused, and no reader leaves or is suppressed.

    ``alone`` keeps all other intents waiting, for one that itself does so.
    """
    if alone:
        hold_intents(connection)
    else:
        connection.exec_driver_sql(BESIDE_OTHERS)


def intend(connection: Connection, node: Node, refs: Sequence[Ref], now: datetime) -> set[Ref]:
    """Makes these deliveries inflight where they are ours and may still be sent, and returns which.

    As ``Dispatch.commit`` says, of rows that are the node's, and while its lease runs.
    """
    if not refs:
        return set()
    return _standing(connection.exec_driver_sql(_INTEND, _intent_columns(node, refs, now)))


def _intent_columns(node: Node, refs: Sequence[Ref], now: datetime) -> tuple[Any, ...]:
    issues, readers = _columns(refs)
    return microseconds(now), issues, readers, node.epoch, node.epoch


def _standing(rows: Iterable[Any]) -> set[Ref]:
    return {(row[0], row[1]) for row in rows if row[2] == "inflight"}


def settle(connection: Connection, node: Node, settlements: Sequence[Settlement], now: datetime) -> None:
    """Stores the outcomes of what is still the node's, and moves watermarks; twice is the same as once."""
    if settlements:
        connection.exec_driver_sql(_SETTLE, _settlement_columns(node, settlements, now))


def _settlement_columns(node: Node, settlements: Sequence[Settlement], now: datetime) -> tuple[Any, ...]:
    return (
        _array(s.ref[0] for s in settlements),
        _array(s.ref[1] for s in settlements),
        _array(s.state.value for s in settlements),
        _array(_quoted(s.reply[:500]) for s in settlements),
        _array("NULL" if s.next_at is None else microseconds(s.next_at) for s in settlements),
        _array(int(s.doubt) for s in settlements),
        microseconds(now),
        node.epoch,
    )


def take_back(connection: Connection, node: Node, refs: Iterable[Ref]) -> None:
    """Undoes intents whose commit may or may not have happened, and that nobody acted on."""
    issues, readers = _columns(refs)
    connection.exec_driver_sql(_TAKE_BACK, (issues, readers, node.epoch))


def recover(connection: Connection, node: Node, state: DeliveryState, reply: str, now: datetime) -> int:
    """Settles what was left in flight by nodes that send nothing any more; returns how many that were.

    The caller holds the lock of its state folder: so nothing of this folder is on the wire.
    """
    values = (state.value, reply, microseconds(now), node.epoch, node.name)
    recovered = connection.exec_driver_sql(_RECOVER, values).scalar_one()
    connection.exec_driver_sql(_RECOVER_NOTICES, (node.epoch, node.name))
    return int(recovered)


def anything_due(connection: Connection, node: Node, real_now: datetime) -> bool:
    """Whether there is something that this node may claim, or that was left in flight for anybody."""
    own = (node.epoch, node.name)
    values = (microseconds(real_now), *own, *own)
    if connection.exec_driver_sql(_ANYTHING_DUE, values).scalar_one():
        return True
    return bool(connection.exec_driver_sql(_NOTICES_LEFT, own).scalar_one())


def patiently(transaction: Callable[[bool], Result]) -> Result:
    """What the transaction returns; it is tried again where the server went away or two locked each other.

    It is told whether an earlier try may have been committed.
    """
    end, again, wait = time.monotonic() + _PATIENCE, False, 0.05
    while True:
        try:
            return transaction(again)
        except StoreError as error:
            if not _passes(error.__cause__):
                raise
            if time.monotonic() > end:
                raise
            log.warning("event=database_lost retry_seconds=%.2f", wait)
        time.sleep(wait)
        again, wait = True, min(wait * 2, 1.0)


def _passes(cause: BaseException | None) -> bool:
    """Whether it may succeed in a moment: no connection, a restart, a deadlock, a row that came first."""
    from psycopg import Error

    error = cause.orig if isinstance(cause, DBAPIError) else cause
    if not isinstance(error, Error):
        return False
    code = error.sqlstate
    return code is None or code[:2] in ("08", "57", "40") or code == "23505"


def _address(email: str | None) -> EmailAddress:
    """Of an erased reader there is none, and then no intent stands."""
    return EmailAddress(*(email or "@").rsplit("@", 1))


def _columns(refs: Iterable[Ref]) -> tuple[str, str]:
    """The issues and the readers of these deliveries, in the order of their keys."""
    ordered = sorted(refs)
    return _array(issue for issue, _ in ordered), _array(reader for _, reader in ordered)


def _array(values: Iterable[object]) -> str:
    """An array as PostgreSQL writes it: the driver would look at each value on its own, for longer."""
    return f"{{{','.join(map(str, values))}}}"


def _quoted(text: str) -> str:
    """A text as an element of an array; it cannot have a NUL."""
    plain = text.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
