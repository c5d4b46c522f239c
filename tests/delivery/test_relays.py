"""Several relays at once: shares, fail-over, caps, and limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from feeds.delivery.engine import Claim, Tally, deliver
from feeds.delivery.ledger import Later
from feeds.delivery.relays import Route
from feeds.delivery.session import Session
from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.timeouts import Timeouts
from feeds.errors import RelayUnreachable
from feeds.model.message import Message, Outcome, Rejected, Sent, Unknown
from tests.delivery.memory_ledger import MemoryLedger, message
from tests.delivery.scripted_server import serving

PAUSE = 0.001
SHORT = Timeouts(connect=2, command=2, data=2, dot=2, parting=0.5)


@dataclass
class Relay:
    """A relay in memory that can be switched off and on."""

    delay: float = 0.001
    most: int = 1000
    up: Callable[[], bool] = lambda: True
    live: int = 0
    peak: int = 0
    sent: list[int] = field(default_factory=list)
    sessions: list[int] = field(default_factory=list)
    """How many messages each session sent."""
    tries: int = 0
    local: bool = True

    async def connect(self) -> RelaySession:
        self.tries += 1
        await asyncio.sleep(0)
        if not self.up():
            raise RelayUnreachable("it is down")
        if self.live >= self.most:
            raise RelayUnreachable("too many connections")
        self.live += 1
        self.peak = max(self.peak, self.live)
        return RelaySession(self)


class RelaySession(Session):
    usable = True

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._number = len(relay.sessions)
        relay.sessions.append(0)

    async def send(self, message: Message) -> Outcome:
        await asyncio.sleep(self._relay.delay)
        if not self._relay.up():
            await self.close()
            return Unknown("the connection broke")
        self._relay.sessions[self._number] += 1
        self._relay.sent.append(int(message.envelope.recipient.local.removeprefix("reader")))
        return Sent("250 ok")

    async def close(self) -> None:
        if self.usable:
            self.usable = False
            self._relay.live -= 1


def run(ledger: MemoryLedger, *routes: Route, connections: int = 8, per_domain: int = 0) -> Tally:
    going = deliver(ledger, routes, connections=connections, pause=PAUSE, per_domain=per_domain)
    tally = asyncio.run(asyncio.wait_for(going, 60))
    assert ledger.breaches == []
    assert ledger.in_doubt == set()
    return tally


def test_connections_are_shared_out_by_weight() -> None:
    ledger = MemoryLedger(2000)
    heavy, light = Relay(), Relay()
    tally = run(ledger, Route(heavy, "heavy", weight=3), Route(light, "light"))
    assert (heavy.peak, light.peak) == (6, 2)
    assert tally.sent == 2000
    assert tally.relays == {"heavy": len(heavy.sent), "light": len(light.sent)}
    assert 2 < len(heavy.sent) / len(light.sent) < 4
    assert sorted(heavy.sent + light.sent) == list(range(2000))


def test_no_relay_has_more_connections_than_it_may() -> None:
    small, large = Relay(), Relay()
    run(MemoryLedger(500), Route(small, "small", weight=9, connections=2), Route(large, "large"))
    assert (small.peak, large.peak) == (2, 6)


def test_one_relay_with_a_cap_leaves_the_other_connections_closed() -> None:
    relay = Relay()
    assert run(MemoryLedger(300), Route(relay, connections=3)).sent == 300
    assert relay.peak == 3


def test_a_connection_is_closed_after_so_many_messages() -> None:
    relay = Relay()
    tally = run(MemoryLedger(200), Route(relay, messages_per_connection=20), connections=4)
    assert tally.sent == 200
    assert max(relay.sessions) == 20
    assert len(relay.sessions) >= 10
    assert relay.peak <= 4


def test_a_relay_that_is_down_leaves_everything_to_the_other() -> None:
    ledger = MemoryLedger(500)
    down, up = Relay(up=lambda: False), Relay()
    tally = run(ledger, Route(down, "down"), Route(up, "up"))
    assert (tally.sent, tally.trouble) == (500, "")
    assert tally.relays == {"down": 0, "up": 500}
    assert up.peak == 8
    assert tally.unknown == 0


def test_a_relay_that_dies_in_the_middle_hands_its_connections_over() -> None:
    ledger = MemoryLedger(1000)
    dying, other = Relay(), Relay()
    dying.up = lambda: len(dying.sent) < 100
    tally = run(ledger, Route(dying, "dying"), Route(other, "other"))
    assert tally.sent + tally.unknown == 1000
    assert tally.unknown <= 4, "one a connection"
    assert other.peak == 8
    assert dying.tries < 20


def test_a_relay_that_comes_back_gets_its_share_again() -> None:
    ledger = MemoryLedger(3000)
    other = Relay()
    away = Relay(up=lambda: not 100 < len(other.sent) < 1000)
    tally = run(ledger, Route(away, "away"), Route(other, "other"))
    assert tally.sent + tally.unknown == 3000
    assert away.live == 0
    late = [n for n in away.sent if n > 1200]
    assert len(late) > 500
    assert other.peak == 8
    assert away.peak == 4


def test_all_relays_down_is_trouble_that_names_each_reason() -> None:
    ledger = MemoryLedger(10)
    first, second = Relay(up=lambda: False), Relay(up=lambda: False)
    tally = run(ledger, Route(first, "first"), Route(second, "second"))
    assert tally.sent == 0
    assert tally.trouble == "it is down"
    assert ledger.standing == set(), "no intent for a message that nobody could take"


def test_a_relay_that_takes_few_connections_gets_no_more_tries_than_needed() -> None:
    few, other = Relay(most=2), Relay()
    tally = run(MemoryLedger(1500), Route(few, "few"), Route(other, "other"))
    assert tally.sent == 1500
    assert few.peak == 2
    assert other.peak == 6
    assert few.tries <= 2 + 2 * 4


@dataclass
class Domains:
    """A relay that watches how many messages to each domain are under way."""

    now: Counter[str] = field(default_factory=Counter)
    peak: Counter[str] = field(default_factory=Counter)
    local: bool = True

    async def connect(self) -> DomainSession:
        return DomainSession(self)


class DomainSession(Session):
    usable = True

    def __init__(self, relay: Domains) -> None:
        self._relay = relay

    async def send(self, message: Message) -> Outcome:
        domain = message.envelope.recipient.domain
        self._relay.now[domain] += 1
        self._relay.peak[domain] = max(self._relay.peak[domain], self._relay.now[domain])
        await asyncio.sleep(0.001)
        self._relay.now[domain] -= 1
        return Sent("250 ok")

    async def close(self) -> None:
        pass


class ByDomain(MemoryLedger):
    """Most readers are at one provider."""

    def claim(self, limit: int) -> list[Claim[int]]:
        return [self._at(claim) for claim in super().claim(limit)]

    def _at(self, claim: Claim[int]) -> Claim[int]:
        domain = "small.test" if claim.ref % 5 == 0 else "large.test"
        return Claim(claim.ref, 1, lambda: message(claim.ref, domain=domain), domain)


def test_no_domain_has_more_under_way_than_it_may() -> None:
    ledger, relay = ByDomain(800), Domains()
    assert run(ledger, Route(relay), connections=12, per_domain=3).sent == 800
    assert max(relay.peak.values()) == 3


class Limited(MemoryLedger):
    """Grants so many claims, and then none for a moment."""

    def __init__(self, count: int, lot: int, wait: float) -> None:
        super().__init__(count)
        self.lot, self.wait = lot, wait
        self.ready_at = 0.0
        self.asked = 0

    def claim(self, limit: int) -> Sequence[Claim[int]] | Later:  # type: ignore[override]
        self.asked += 1
        now = time.monotonic()
        if now < self.ready_at and self.pending:
            return Later(self.ready_at - now)
        self.ready_at = now + self.wait
        return super().claim(min(limit, self.lot))


def test_a_ledger_that_says_later_is_asked_again_then() -> None:
    ledger, relay = Limited(100, lot=10, wait=0.02), Relay()
    began = time.monotonic()
    assert run(ledger, Route(relay)).sent == 100
    assert time.monotonic() - began > 9 * 0.02
    assert ledger.asked < 60, "and not before"


def test_a_run_that_waits_for_a_limit_can_be_stopped() -> None:
    async def go() -> Tally:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, stop.set)
        ledger = Limited(100, lot=10, wait=3600)
        return await asyncio.wait_for(deliver(ledger, Relay(), connections=4, stop=stop), 10)

    assert asyncio.run(go()).sent == 10


def sink_route(port: int, name: str, **more: int) -> Route:
    return Route(SmtpTransport("127.0.0.1", port, "client.test", Security.NONE, timeouts=SHORT), name, **more)


def dumped(folder: Path) -> Counter[int]:
    """How often each reader's message was stored; what a killed server left empty is none."""
    stored = [file.read_bytes() for name in ("one.", "two.") for file in folder.glob(f"{name}*")]
    return Counter(int(data.partition(b"<i1.s")[2].partition(b"@")[0]) for data in stored if b"<i1.s" in data)


def test_a_server_that_is_killed_in_the_middle_loses_nobody(sink: Callable[..., int], tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    one, two = sink("-d", "one."), sink("-d", "two.")
    victim = sink.running[0].pid  # type: ignore[attr-defined]
    ledger = MemoryLedger(3000, size=3000)

    def strike(ledger: MemoryLedger) -> None:
        if len(ledger.outcomes) > 500:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    ledger.on_commit = strike
    routes = (sink_route(one, "one"), sink_route(two, "two"))
    tally = asyncio.run(deliver(ledger, routes, connections=16, pause=0.01))
    assert ledger.breaches == []
    arrived = dumped(tmp_path)
    assert tally.sent + tally.unknown + tally.deferred == 3000
    assert tally.unknown <= 8
    assert set(ledger.refs(Sent)) <= set(arrived)
    assert tally.relays["two"] > tally.relays["one"] > 100
    assert max(arrived.values()) == 1, "nobody got it from both"


def test_a_server_that_begins_late_takes_part() -> None:
    async def go() -> tuple[Tally, int]:
        async with serving() as first, serving({"CONNECT": ["421 4.3.2 not yet"] * 2}) as second:
            ledger = MemoryLedger(3000)
            routes = (sink_route(first.port, "first"), sink_route(second.port, "second"))
            tally = await deliver(ledger, routes, connections=8, pause=0.001)
            return tally, len(second.taken)

    tally, taken = asyncio.run(go())
    assert tally.sent == 3000
    assert tally.relays["second"] == taken > 100


def test_messages_per_connection_hold_at_a_real_server(sink: Callable[..., int]) -> None:
    port = sink()
    tally = asyncio.run(
        deliver(MemoryLedger(100), [sink_route(port, "one", messages_per_connection=7)], connections=4)
    )
    assert tally.sent == 100


class Keeper:
    """What aiosmtpd gives messages to."""

    def __init__(self) -> None:
        self.kept: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
        self.kept.append(envelope.rcpt_tos[0])
        return "250 2.0.0 taken"


@asynccontextmanager
async def aiosmtpd(**options: Any) -> AsyncIterator[tuple[int, Keeper]]:
    """A server of aiosmtpd, with its port and what it kept."""
    keeper = Keeper()
    loop = asyncio.get_running_loop()
    make = partial(SMTP, keeper, loop=loop, hostname="localhost", **options)
    server = await loop.create_server(make, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], keeper
    finally:
        server.close()
        await asyncio.sleep(0.05)


def test_a_server_that_does_not_know_us_leaves_everything_to_the_other() -> None:
    refusing = {"authenticator": lambda *_: AuthResult(success=False), "auth_require_tls": False}

    async def go() -> Tally:
        async with aiosmtpd(**refusing) as (closed, nobody), aiosmtpd() as (open_, everybody):
            ledger = MemoryLedger(200)
            stranger = sink_route(closed, "closed")
            stranger = replace(stranger, transport=replace(stranger.transport, username="a", password="b"))
            tally = await deliver(ledger, [stranger, sink_route(open_, "open")], connections=6, pause=0.1)
            assert ledger.breaches == []
            assert nobody.kept == []
            assert len(set(everybody.kept)) == 200
            return tally

    assert asyncio.run(go()).relays == {"closed": 0, "open": 200}


def test_a_message_that_is_larger_than_the_server_takes_is_rejected_unsent() -> None:
    async def go() -> None:
        async with aiosmtpd(data_size_limit=2000) as (port, keeper):
            small, large = MemoryLedger(3, size=1000), MemoryLedger(3, size=5000)
            for ledger in (small, large):
                await deliver(ledger, [sink_route(port, "one")], connections=2, pause=PAUSE)
            assert small.refs(Sent) == large.refs(Rejected) == {0, 1, 2}
            assert len(keeper.kept) == 3

    asyncio.run(go())
