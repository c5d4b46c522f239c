"""Share: nodes of one database deliver side by side, each what it claimed.

As ``deliver``, on a ledger that others write too: so a claim is written, an intent needs a lease that runs,
and a commit that the server went away in is asked after.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from feeds.actions.deliver import Clock, Delivered, ReaderValues, Sending, granted, settlement
from feeds.delivery.engine import Claim, Tally, deliver
from feeds.delivery.ledger import Later
from feeds.delivery.relays import Route
from feeds.model.issue import DeliveryState, Edition
from feeds.model.message import Envelope, Message, Outcome, Refused, Rejected
from feeds.store import issues as issues_store
from feeds.store import ledger as ledger_store
from feeds.store import notices as notices_store
from feeds.store import postgres_ledger
from feeds.store import subscribers as subscribers_store
from feeds.store.ledger import Due, Ref, Settlement
from feeds.store.notices import DueNotice
from feeds.store.postgres import PostgresDatabase

_FEW = 4
"""Connections that notices have, at most."""

_GIVE_WAY = 10.0
"""Seconds that digests are sent before they give way to notices."""

_REFUSED = timedelta(hours=1)
"""How long a notice waits that the relay refused by policy."""


async def share_due(
    database: PostgresDatabase,
    routes: Sequence[Route],
    sending: Sending,
    reader_values: ReaderValues,
    clock: Clock,
    *,
    stop: asyncio.Event | None = None,
) -> Delivered:
    """Sends what is due and no other node claimed: notices first, and digests give way to new ones.

    What nodes that are gone left in flight is settled first, as the owner decided: only one process
    at a time may be in here for one state folder.
    """
    recover(database, clock.now, hold_unknown=sending.hold_unknown)
    outbox = _Outbox(database, sending, clock)
    ledger = _Deliveries(database, sending, reader_values, clock, outbox)
    send = partial(
        deliver, transport=routes, per_domain=sending.per_domain, stop=stop, within=postgres_ledger.WITHIN
    )
    notices, digests = Tally(), Tally()
    while True:
        notices += await send(outbox, connections=min(_FEW, sending.connections))
        ledger.gave_way = False
        digests += await send(ledger, connections=sending.connections)
        if not ledger.gave_way or digests.trouble or (stop is not None and stop.is_set()):
            break
    ledger.give_back()
    with database.write() as connection:
        ledger_store.finish_balanced(connection)
    return Delivered(digests, notices)


def recover(database: PostgresDatabase, now: datetime, *, hold_unknown: bool) -> int:
    """Settles what nodes left in flight that send nothing any more, and returns how many that were."""
    state = DeliveryState.UNKNOWN if hold_unknown else DeliveryState.PENDING
    reply = "a run ended before the server's reply was recorded"
    with database.ledger() as connection:
        return postgres_ledger.recover(connection, database.node, state, reply, now)


def anything_due(database: PostgresDatabase, real_now: datetime) -> bool:
    """Whether this node would find something to send or to settle."""
    node = database.node
    with database.read() as connection:
        if postgres_ledger.anything_due(connection, node, real_now):
            return True
        return bool(notices_store.due(connection, 0, 1, real_now))


@dataclass(slots=True)
class _Deliveries:
    """The ledger as the engine sees it."""

    database: PostgresDatabase
    sending: Sending
    reader_values: ReaderValues
    clock: Clock
    outbox: _Outbox
    gave_way: bool = False
    """Whether it said that there is no more because a notice waits."""
    _since: float = field(default_factory=time.monotonic)
    _last: Ref = (0, 0)
    _claimed: dict[Ref, Due] = field(default_factory=dict)
    _editions: dict[int, tuple[Edition, datetime]] = field(default_factory=dict)

    def claim(self, limit: int) -> Sequence[Claim[Ref]] | Later:
        real, limits = self.clock.real(), self.sending.limits

        def claim(_: bool) -> Sequence[Due] | Later:
            with self.database.ledger() as connection:
                if self._gives_way(connection, real):
                    return ()
                lot = min(limit, limits.lot)
                due = postgres_ledger.claim(connection, self.database.node, self._last, lot, real)
                go = granted(connection, limits, due, real, bulk=True)
                left = due if isinstance(go, Later) else due[len(go) :]
                postgres_ledger.give_back(connection, self.database.node, [d.ref for d in left])
                if not isinstance(go, Later):
                    missing = {d.edition for d in go} - self._editions.keys()
                    self._editions |= issues_store.editions_with_due(connection, missing)
                return go

        due = postgres_ledger.patiently(claim)
        if isinstance(due, Later):
            return due
        if due:
            self._last = due[-1].ref
        self._claimed |= {d.ref: d for d in due}
        return [Claim(d.ref, d.issue, partial(self._message, d), d.email.domain) for d in due]

    def commit(self, outcomes: Sequence[tuple[Ref, Outcome]], intents: Sequence[Ref]) -> set[Ref]:
        settlements = [self._settlement(*outcome) for outcome in outcomes]
        pauses = any(isinstance(outcome, Refused) for _, outcome in outcomes)
        node, now = self.database.node, self.clock.now

        def commit(again: bool) -> set[Ref]:
            with self.database.ledger() as connection:
                postgres_ledger.lock(connection, [reader for _, reader in intents], alone=pauses)
                if again:  # those of the earlier try that stand: nobody has acted on them
                    postgres_ledger.take_back(connection, node, intents)
                for ref, outcome in outcomes:
                    if isinstance(outcome, Refused):
                        ledger_store.pause(connection, ref[0], outcome.reply)
                    elif isinstance(outcome, Rejected) and outcome.suppress:
                        subscribers_store.suppress(connection, ref[1], reason=outcome.reply, now=now)
                postgres_ledger.settle(connection, node, settlements, now)
                return postgres_ledger.intend(connection, node, intents, now)

        stands = postgres_ledger.patiently(commit)
        for ref, _ in outcomes:
            self._claimed.pop(ref, None)
        return stands

    def give_back(self) -> None:
        """Lets others have what was claimed and not begun."""
        if self._claimed:
            with self.database.ledger() as connection:
                postgres_ledger.give_back(connection, self.database.node, self._claimed)

    def _gives_way(self, connection: Connection, real: datetime) -> bool:
        """Whether a notice waits, and digests had their time."""
        if time.monotonic() - self._since < _GIVE_WAY:
            return False
        self._since = time.monotonic()
        self.gave_way = self.outbox.waits(connection, real)
        return self.gave_way

    def _settlement(self, ref: Ref, outcome: Outcome) -> Settlement:
        due = self._claimed[ref]
        hold, real = self.sending.hold_unknown, self.clock.real()
        settled = settlement(ref, outcome, due.attempts + 1, hold_unknown=hold, real_now=real)
        if due.doubts and settled.state is DeliveryState.REJECTED:
            # An earlier attempt may have arrived: the next issue must not bring the same posts again.
            return replace(settled, state=DeliveryState.UNKNOWN)
        return settled

    def _message(self, due: Due) -> Message:
        edition, when = self._editions[due.edition]
        body = self.sending.splice(edition.skeleton, self.reader_values(due, when))
        return Message(Envelope(self.sending.sender, due.email), body)


@dataclass(slots=True)
class _Outbox:
    """The notices as the engine sees them."""

    database: PostgresDatabase
    sending: Sending
    clock: Clock
    _last: int = 0
    _attempts: dict[int, int] = field(default_factory=dict)

    def claim(self, limit: int) -> Sequence[Claim[int]] | Later:
        real, limits = self.clock.real(), self.sending.limits
        with self.database.ledger() as connection:
            waiting = notices_store.due(connection, self._last, min(limit, limits.lot), real)
            due = granted(connection, limits, waiting, real, bulk=False)
        if isinstance(due, Later):
            return due
        if due:
            self._last = due[-1].key
        self._attempts |= {n.key: n.attempts for n in due}
        return [Claim(n.key, "notices", partial(self._message, n), n.email.domain) for n in due]

    def waits(self, connection: Connection, real: datetime) -> bool:
        """Whether there is a notice that this run did not see."""
        return bool(notices_store.due(connection, self._last, 1, real))

    def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
        rows = [self._row(key, outcome) for key, outcome in outcomes]
        epoch = self.database.node.epoch

        def commit(again: bool) -> set[int]:
            with self.database.ledger() as connection:
                if again:
                    notices_store.take_back(connection, intents, epoch)
                notices_store.settle(connection, rows, epoch)
                return notices_store.intend(connection, intents, epoch)

        return postgres_ledger.patiently(commit)

    def _message(self, notice: DueNotice) -> Message:
        return Message(Envelope(self.sending.sender, notice.email), self.sending.sign(notice.message))

    def _row(self, key: int, outcome: Outcome) -> tuple[int, str, str, datetime | None]:
        attempts = self._attempts.get(key, 0) + 1
        settled = settlement((0, key), outcome, attempts, hold_unknown=False, real_now=self.clock.real())
        again = settled.next_at
        if settled.state is DeliveryState.PENDING:  # refused by policy: later, as there is no issue to pause
            again = self.clock.real() + _REFUSED
        return key, settled.state.value, settled.reply, again
