"""Deliver: what is in the ledger and in the outbox goes out, and what became of it is recorded."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from feeds.delivery.engine import Claim, Tally, deliver
from feeds.delivery.ledger import Later
from feeds.delivery.relays import Route
from feeds.model.issue import DeliveryState, Edition, Ref
from feeds.model.message import Deferred, Envelope, Message, Outcome, Refused, Rejected, Sent
from feeds.newsletter.digest import ReaderValues
from feeds.newsletter.message import Cut, Plate, Sign, Splice, unsigned
from feeds.store import ledger as ledger_store
from feeds.store import notices as notices_store
from feeds.store.database import Database
from feeds.store.dispatch import Dispatch
from feeds.store.editions import editions_with_due
from feeds.store.ledger import Due, Settlement
from feeds.store.notices import DueNotice, NoticeSettlement
from feeds.store.rates import Limits, reserve

_BACK_OFF = tuple(timedelta(seconds=s) for s in (0, 60, 300, 900, 1800, 3600))
"""Real time until the next try, by attempts so far: the first goes with the next beat, then ever later."""

_GIVE_UP_AFTER = 48
"""Attempts; two days of the slowest rhythm, as most mailboxes that are full stay so."""


_FEW = 4
"""Connections that notices have, at most."""

_GIVE_WAY = 10.0
"""Seconds that digests are sent before they give way to notices."""

_PATIENCE = timedelta(minutes=1)
"""A run waits no longer for a limit: what is left goes with a later one."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks of a run."""

    now: datetime
    """What is decided and stored."""
    real: Callable[[], datetime]
    """What back-off runs on, also under ``--now``."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What the owner decided about sending."""

    sender: Callable[[Ref], str]
    """MAIL FROM of a delivery, or of the notice of this number under issue 0."""
    connections: int
    hold_unknown: bool
    """Whether a mail in doubt is left alone, and not sent once more."""
    per_domain: int = 0
    """How many mails may be under way to one domain; 0 is no limit."""
    limits: Limits = field(default_factory=Limits)
    cut: Cut = Plate
    sign: Sign = unsigned


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a run sent: digests and notices apart."""

    digests: Tally
    notices: Tally

    @property
    def trouble(self) -> str:
        return self.digests.trouble or self.notices.trouble


ValuesOf = Callable[[int, datetime], ReaderValues]
"""What fills the holes of an issue's editions for its readers, given its key and when it was due."""


async def deliver_due(
    database: Database,
    routes: Sequence[Route],
    sending: Sending,
    values_of: ValuesOf,
    clock: Clock,
    *,
    stop: asyncio.Event | None = None,
) -> Delivered:
    """Sends every notice and every digest that is due, each of these at most once in this run.

    Notices go first, and digests give way to those that are written meanwhile: who signs up during a
    long send waits seconds for the confirmation, and not hours.
    What an earlier run left in flight is settled first, as the owner decided: only one process at
    a time may be in here.
    """
    dispatch = database.dispatch()
    recover(dispatch, clock.now, hold_unknown=sending.hold_unknown)
    outbox = _Outbox(dispatch, sending, clock)
    ledger = _Deliveries(dispatch, sending, values_of, clock, outbox)
    most = sending.per_domain
    send = partial(
        deliver, transport=routes, per_domain=most, within=dispatch.within, apart=dispatch.apart, stop=stop
    )
    notices, digests = Tally(), Tally()
    while True:
        notices += await send(outbox, connections=min(_FEW, sending.connections))
        ledger.gave_way = False
        digests += await send(ledger, connections=sending.connections)
        if not ledger.gave_way or digests.trouble or (stop is not None and stop.is_set()):
            break
    ledger.give_back()
    dispatch.close()
    with database.write() as connection:
        ledger_store.finish_balanced(connection)
    return Delivered(digests, notices)


def recover(dispatch: Dispatch, now: datetime, *, hold_unknown: bool) -> int:
    """Settles what was left in flight by who sends nothing any more; returns how many deliveries that were.

    They are pending again, and their mail will be the same bytes with the same Message-ID; or they
    are unknown and stay so.
    """
    state = DeliveryState.UNKNOWN if hold_unknown else DeliveryState.PENDING
    return dispatch.recover(state, "a run ended before the server's reply was recorded", now)


def settlement(
    ref: Ref, outcome: Outcome, attempts: int, *, hold_unknown: bool, real_now: datetime
) -> Settlement:
    """The state that an outcome leads to, after so many attempts."""
    if isinstance(outcome, Sent):
        return Settlement(ref, DeliveryState.SENT, outcome.reply)
    if isinstance(outcome, Rejected):
        return Settlement(ref, DeliveryState.REJECTED, outcome.reply, suppresses=outcome.suppress)
    if isinstance(outcome, Refused):  # nothing against the reader: it waits for the issue to be resumed
        return Settlement(ref, DeliveryState.PENDING, outcome.reply, pauses=True)
    if isinstance(outcome, Deferred):
        if attempts >= _GIVE_UP_AFTER:
            return Settlement(
                ref, DeliveryState.REJECTED, f"given up after {attempts} attempts: {outcome.reply}"
            )
        return Settlement(ref, DeliveryState.DEFERRED, outcome.reply, real_now + back_off(attempts))
    if hold_unknown or attempts >= _GIVE_UP_AFTER:
        return Settlement(ref, DeliveryState.UNKNOWN, outcome.reply, doubt=True)
    return Settlement(ref, DeliveryState.DEFERRED, outcome.reply, real_now + back_off(attempts), doubt=True)


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many attempts, with jitter so that they do not come back all at once."""
    wait = _BACK_OFF[min(attempts, len(_BACK_OFF)) - 1]
    return wait * random.uniform(0.75, 1.25)  # noqa: S311


AnyDue = TypeVar("AnyDue", Due, DueNotice)


def granted(
    connection: Connection, limits: Limits, due: Sequence[AnyDue], real_now: datetime, *, bulk: bool
) -> Sequence[AnyDue] | Later:
    """As many of these as the limits let go now; none where they say so for longer than a run waits."""
    grant = reserve(connection, limits, len(due), real_now, bulk=bulk)
    if grant.count or not due:
        return due[: grant.count]
    log.info("event=limit_reached seconds=%.0f", grant.wait.total_seconds())
    return Later(grant.wait.total_seconds()) if grant.wait <= _PATIENCE else ()


@dataclass(slots=True)
class _Deliveries:
    """The ledger as the engine sees it."""

    dispatch: Dispatch
    sending: Sending
    values_of: ValuesOf
    clock: Clock
    outbox: _Outbox
    gave_way: bool = False
    """Whether it said that there is no more because a notice waits."""
    _since: float = field(default_factory=time.monotonic)
    _last: Ref = (0, 0)
    _claimed: dict[Ref, Due] = field(default_factory=dict)
    _presses: dict[int, tuple[Splice, ReaderValues]] = field(default_factory=dict)
    """What makes the messages of an edition, by its key."""

    def claim(self, limit: int) -> Sequence[Claim[Ref]] | Later:
        limits, real = self.sending.limits, self.clock.real()
        with self.dispatch.claiming(reserves=bool(limits)) as connection:
            if self._gives_way(connection, real):
                return ()
            due = self.dispatch.due(connection, self._last, min(limit, limits.lot), real)
            go = granted(connection, limits, due, real, bulk=True)
            left = due if isinstance(go, Later) else due[len(go) :]
            self.dispatch.give_back(connection, [d.ref for d in left])
            if isinstance(go, Later):
                return go
            missing = {d.edition for d in go} - self._presses.keys()
            if missing:
                for key, (edition, when) in editions_with_due(connection, missing).items():
                    self._presses[key] = self._press(edition, when)
        if go:
            self._last = go[-1].ref
        self._claimed |= {d.ref: d for d in go}
        return [Claim(d.ref, d.issue, partial(self._message, d), d.email.domain) for d in go]

    def commit(self, outcomes: Sequence[tuple[Ref, Outcome]], intents: Sequence[Ref]) -> set[Ref]:
        real = self.clock.real()
        settlements = [self._settlement(ref, outcome, real) for ref, outcome in outcomes]
        stands = self.dispatch.commit(settlements, intents, self.clock.now)
        for ref, _ in outcomes:
            self._claimed.pop(ref, None)
        return stands

    def give_back(self) -> None:
        """Lets others have what was claimed and not begun."""
        if self._claimed:
            with self.dispatch.claiming(reserves=False) as connection:
                self.dispatch.give_back(connection, self._claimed)

    def _gives_way(self, connection: Connection, real: datetime) -> bool:
        """Whether a notice waits, and digests had their time."""
        if time.monotonic() - self._since < _GIVE_WAY:
            return False
        self._since = time.monotonic()
        self.gave_way = self.outbox.waits(connection, real)
        return self.gave_way

    def _settlement(self, ref: Ref, outcome: Outcome, real: datetime) -> Settlement:
        if isinstance(outcome, Sent):
            return Settlement(ref, DeliveryState.SENT, outcome.reply)
        due = self._claimed[ref]
        hold = self.sending.hold_unknown
        settled = settlement(ref, outcome, due.attempts + 1, hold_unknown=hold, real_now=real)
        if due.doubts and settled.state is DeliveryState.REJECTED:
            # An earlier attempt may have arrived: the next issue must not bring the same posts again.
            return settled._replace(state=DeliveryState.UNKNOWN)
        return settled

    def _press(self, edition: Edition, when: datetime) -> tuple[Splice, ReaderValues]:
        return self.sending.cut(edition.skeleton), self.values_of(edition.issue, when)

    def _message(self, due: Due) -> Message:
        splice, values = self._presses[due.edition]
        body = splice(values(due.subscriber, due.generation, due.email))
        return Message(Envelope(self.sending.sender(due.ref), due.email), body)


@dataclass(slots=True)
class _Outbox:
    """The notices as the engine sees them."""

    dispatch: Dispatch
    sending: Sending
    clock: Clock
    _last: int = 0
    _attempts: dict[int, int] = field(default_factory=dict)

    def claim(self, limit: int) -> Sequence[Claim[int]] | Later:
        limits, real = self.sending.limits, self.clock.real()
        with self.dispatch.claiming(reserves=bool(limits)) as connection:
            due = notices_store.due(connection, self._last, min(limit, limits.lot), real)
            go = granted(connection, limits, due, real, bulk=False)
        if isinstance(go, Later):
            return go
        if go:
            self._last = go[-1].key
        self._attempts |= {n.key: n.attempts for n in go}
        return [Claim(n.key, "notices", partial(self._message, n), n.email.domain) for n in go]

    def waits(self, connection: Connection, real: datetime) -> bool:
        """Whether there is a notice that this run did not see."""
        return bool(notices_store.due(connection, self._last, 1, real))

    def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
        return self.dispatch.commit_notices([self._row(key, outcome) for key, outcome in outcomes], intents)

    def _message(self, notice: DueNotice) -> Message:
        sender = self.sending.sender((0, notice.key))
        return Message(Envelope(sender, notice.email), self.sending.sign(notice.message))

    def _row(self, key: int, outcome: Outcome) -> NoticeSettlement:
        attempts = self._attempts.get(key, 0) + 1
        settled = settlement((0, key), outcome, attempts, hold_unknown=False, real_now=self.clock.real())
        again = settled.next_at
        if settled.state is DeliveryState.PENDING:  # refused by policy: later, as there is no issue to pause
            again = self.clock.real() + _BACK_OFF[-1]
        return key, settled.state.value, settled.reply, again
