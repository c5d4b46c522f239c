"""The engine: many sessions, one ledger, and never a message that the ledger did not know first.

Each session repeats one cycle: post {outcome of message n, intent for n+1}, and complete n+1 once
that is durable. After a crash the rows in flight are exactly the messages in doubt, at most one a
connection.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic

from feeds.delivery.claims import Claims
from feeds.delivery.feed import Told, refuse
from feeds.delivery.group_commit import GroupCommit
from feeds.delivery.ledger import Claim, Ledger, Ref, Tally
from feeds.delivery.line import Line
from feeds.delivery.relay import PAUSE
from feeds.delivery.relays import Relays, Route
from feeds.delivery.replies import clean
from feeds.delivery.transport import Transport
from feeds.model.message import Deferred, Message, Outcome, Refused, Rejected, Sent, Unknown

__all__ = ["CONNECTIONS", "Claim", "Ledger", "Tally", "deliver"]

CONNECTIONS = 32
"""Enough for the relay to be the limit on disks that sync in up to 4.5 ms."""

log = logging.getLogger(__name__)


async def deliver(
    ledger: Ledger[Ref],
    transport: Transport | Sequence[Route],
    *,
    connections: int = CONNECTIONS,
    stop: asyncio.Event | None = None,
    pause: float = PAUSE,
    per_domain: int = 0,
    within: float = float("inf"),
    apart: bool = False,
) -> Tally:
    """Sends what the ledger has due, and returns when nothing is left, or every relay was given up.

    At most ``connections`` are open, to all relays together, and never more than there are messages.
    Once ``stop`` is set no new message begins; those in flight finish and are recorded. Cancelling is
    a crash: what was in flight stays so in the ledger. ``pause`` is the first wait, in seconds, before a
    try to reconnect, and ``per_domain`` how many messages to one domain may be under way; 0 is no limit.
    From an intent to its final dot go at most ``within`` seconds: later somebody else may have taken the
    message over. ``apart``: the ledger may be asked for claims while it commits. When the ledger cannot be
    read or written its own error is raised, after the messages in flight have finished and their outcomes
    got a last try.
    """
    routes = [Route(transport)] if not isinstance(transport, Sequence) else transport
    relays = Relays(routes, connections, pause=pause)
    run = _Run(ledger, relays, stop or asyncio.Event(), per_domain=per_domain, within=within, apart=apart)
    log.info("event=delivery_started connections=%d", connections)
    try:
        async with asyncio.TaskGroup() as sessions:
            for _ in range(connections):
                sessions.create_task(run.work())
        await run.drain()
    finally:
        await run.finish()
    tally = run.tally()
    log.info(
        "event=delivery_ended sent=%d deferred=%d rejected=%d refused=%d unknown=%d skipped=%d commits=%d",
        tally.sent,
        tally.deferred,
        tally.rejected,
        tally.refused,
        tally.unknown,
        tally.skipped,
        tally.commits,
    )
    return tally


class _Run(Generic[Ref]):
    """What the sessions of one call share."""

    def __init__(
        self,
        ledger: Ledger[Ref],
        relays: Relays,
        stop: asyncio.Event,
        *,
        per_domain: int,
        within: float,
        apart: bool,
    ) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._reader = (
            ThreadPoolExecutor(max_workers=1, thread_name_prefix="claims") if apart else self._thread
        )
        self._claims = Claims(ledger, self._reader, per_domain=per_domain)
        self._commits = GroupCommit(ledger, self._thread)
        self._relays = relays
        self._stop = stop
        self._counts: Counter[str] = Counter()
        self.trusting = True
        """Whether the intent before stood: then an envelope may go ahead of its own."""
        self.within = within

    async def work(self) -> None:
        """Sends claim after claim over one line."""
        line = Line(self._relays)
        try:
            while not self.ending:
                if not line.connected and not await self._unless_stopped(line.rest()):
                    break
                claim = self._claims.take()
                if claim is None:
                    if not await self._unless_stopped(self._claims.more()):
                        break
                    continue
                connected = line.connected or await self._unless_stopped(line.connect())
                self._claims.give_back(claim)
                if connected:
                    await line.run(self)
            self._relays.end()
        finally:
            await line.close()

    async def drain(self) -> None:
        """Waits for what no session waits for: attempts that no server was offered."""
        await self._commits.drain()

    async def finish(self) -> None:
        """Records the last outcomes and ends the ledger's thread. Raises what went wrong with the ledger."""
        failure = self._commits.failure or self._claims.failure
        self._claims.close()
        try:
            await self._commits.finish()
        finally:
            self._reader.shutdown()
            self._thread.shutdown()
            if failure is not None:
                raise failure

    def tally(self) -> Tally:
        """What was done so far."""
        return Tally(
            **self._counts,
            commits=self._commits.commits,
            paused=self._claims.paused,
            relays=self._relays.sent,
            trouble=self._relays.trouble if self._claims.left else "",
        )

    async def _unless_stopped(self, step: Coroutine[object, object, bool]) -> bool:
        """The step's result, or False once it is time to stop; the step is then cut short."""
        doing = asyncio.ensure_future(step)
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait([doing, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            doing.cancel()
        await asyncio.wait([doing])
        return not doing.cancelled() and doing.result()

    # The feed of every session --------------------------------------------------------------------

    @property
    def ending(self) -> bool:
        """Whether no further message may begin."""
        return self._stop.is_set() or self._commits.failure is not None or self._claims.failure is not None

    def take(self) -> tuple[Claim[Ref], Message] | None:
        """The next message; one that cannot be made is put off and does not stop the others."""
        while not self.ending and (claim := self._claims.take()) is not None:
            try:
                return claim, claim.build()
            except Exception as error:
                log.exception("event=build_failed ref=%s", claim.ref)
                refuse(self, claim, Deferred(clean(f"not sent: the message could not be made: {error}")))
        return None

    def give_back(self, claim: Claim[Ref]) -> None:
        """Takes back a claim of which no intent was asked for."""
        self._claims.give_back(claim)

    def post(self, outcome: tuple[Ref, Outcome] | None, intent: Ref | None, told: Told) -> None:
        """Commits both soon, and tells whether the intent stands."""
        self._commits.post(outcome, intent, told)

    def skipped(self, claim: Claim[Ref]) -> None:
        """Counts an intent that does not stand."""
        self.trusting = False
        self._counts["skipped"] += self._commits.failure is None
        self._claims.done(claim)

    def settled(self, claim: Claim[Ref], outcome: Outcome) -> None:
        """Counts what became of a message."""
        self.trusting = True
        self._claims.done(claim)
        name = _NAMES[type(outcome)]
        self._counts[name] += 1
        if name != "sent":
            log.info("event=message_%s ref=%s code=%s", name, claim.ref, _code(outcome))
        if isinstance(outcome, Refused):
            self._pause(claim.issue, outcome)

    def proven(self) -> None:
        """Nothing to count here: it is the line's."""

    def _pause(self, issue: Hashable, outcome: Refused) -> None:
        self._claims.pause(issue)
        log.error("event=issue_refused issue=%s code=%s", issue, _code(outcome))


_NAMES: dict[type[Outcome], str] = {
    Sent: "sent",
    Deferred: "deferred",
    Rejected: "rejected",
    Refused: "refused",
    Unknown: "unknown",
}


def _code(outcome: Outcome) -> str:
    """The code of the server's reply; ``none`` where it did not say one."""
    code = outcome.reply[:3]
    return code if code.isascii() and code.isdigit() else "none"
