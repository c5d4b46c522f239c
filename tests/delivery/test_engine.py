"""The engine against scripted servers, with a ledger that remembers every breach of the contract."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from feeds.delivery.engine import Claim, Tally, deliver
from feeds.delivery.session import Session
from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.timeouts import Timeouts
from feeds.errors import RelayUnreachable, StoreError
from feeds.model.message import Deferred, Message, Outcome, Refused, Rejected, Sent, Unknown
from tests.delivery.memory_ledger import MemoryLedger
from tests.delivery.scripted_server import HANGUP, RESET, Script, ScriptedServer, serving

SHORT = Timeouts(connect=2, command=2, data=2, dot=2, parting=0.5)
PAUSE = 0.001
pytestmark = pytest.mark.usefixtures("wire")


def relay(server: ScriptedServer) -> SmtpTransport:
    return SmtpTransport("127.0.0.1", server.port, "client.test", Security.NONE, timeouts=SHORT)


def run(
    ledger: MemoryLedger, script: Script | None = None, connections: int = 8
) -> tuple[Tally, ScriptedServer]:
    async def go() -> tuple[Tally, ScriptedServer]:
        async with serving(script) as server:
            return await deliver(ledger, relay(server), connections=connections, pause=PAUSE), server

    tally, server = asyncio.run(go())
    assert ledger.breaches == []
    assert ledger.in_doubt == set()
    return tally, server


def readers(server: ScriptedServer) -> list[int]:
    """Which readers' messages reached the server whole, in order."""
    return [int(body.partition(b"<i1.s")[2].partition(b"@")[0]) for body in server.taken]


@dataclass
class Recorder:
    """A transport in memory: what it sends, over how many connections, and what it answers."""

    answers: dict[int, Outcome] = field(default_factory=dict)
    """By reader; every other message is sent."""
    ledger: MemoryLedger | None = None
    delay: float = 0.0
    most: int = 1000
    """How many connections it takes at a time."""
    refusals: int = 0
    """How many tries to connect it refuses first, once it was reached ``reached`` times."""
    reached: int = 0
    sent: list[int] = field(default_factory=list)
    opened: int = 0
    live: int = 0
    local: bool = True

    async def connect(self) -> RecorderSession:
        await asyncio.sleep(0)
        if self.opened >= self.reached and self.refusals:
            self.refusals -= 1
            raise RelayUnreachable("not now")
        if self.live >= self.most:
            raise RelayUnreachable("too many connections")
        self.opened += 1
        self.live += 1
        return RecorderSession(self)


class RecorderSession(Session):
    usable = True

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def send(self, message: Message) -> Outcome:
        reader = int(message.envelope.recipient.local.removeprefix("reader"))
        if self._recorder.ledger is not None and reader not in self._recorder.ledger.standing:
            self._recorder.ledger.breaches.append(f"{reader} was sent without an intent")
        await asyncio.sleep(self._recorder.delay)
        self._recorder.sent.append(reader)
        outcome = self._recorder.answers.get(reader, Sent("250 ok"))
        if isinstance(outcome, Unknown):
            await self.close()
        return outcome

    async def close(self) -> None:
        if self.usable:
            self.usable = False
            self._recorder.live -= 1


def test_everybody_gets_one_message_and_one_outcome() -> None:
    ledger = MemoryLedger(1234)
    tally, server = run(ledger)
    assert ledger.refs(Sent) == set(range(1234))
    assert sorted(readers(server)) == list(range(1234))
    assert tally == Tally(sent=1234, commits=ledger.commits)
    assert server.connections <= 8


def test_an_empty_ledger_opens_no_connection() -> None:
    tally, server = run(MemoryLedger(0))
    assert tally == Tally()
    assert server.connections == 0


@pytest.mark.parametrize("count", [1, 3])
def test_there_are_never_more_connections_than_messages(count: int) -> None:
    _, server = run(MemoryLedger(count), connections=32)
    assert 1 <= server.connections <= count


def test_no_message_is_sent_before_its_intent_is_durable() -> None:
    ledger = MemoryLedger(500)
    recorder = Recorder(ledger=ledger)
    asyncio.run(deliver(ledger, recorder, connections=16))
    assert ledger.breaches == []
    assert sorted(recorder.sent) == list(range(500))


def test_where_claims_are_apart_a_slow_one_holds_no_commit_up() -> None:
    """Its second claim takes until all that came with the first is recorded."""

    class Slow(MemoryLedger):
        def __init__(self) -> None:
            super().__init__(100)
            self.recorded = threading.Event()

        def claim(self, limit: int) -> list[Claim[int]]:
            if len(self.pending) < self.count:
                assert self.recorded.wait(10), "the first fifty are recorded meanwhile"
            return super().claim(50)

        def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
            stands = super().commit(outcomes, intents)
            if len(self.outcomes) >= 50:
                self.recorded.set()
            return stands

    async def go(ledger: Slow) -> Tally:
        async with serving() as server:
            return await deliver(ledger, relay(server), connections=4, pause=PAUSE, apart=True)

    ledger = Slow()
    assert asyncio.run(go(ledger)).sent == 100
    assert ledger.breaches == ["called from two threads"] * len(ledger.breaches)


def test_refused_intents_are_never_sent() -> None:
    ledger = MemoryLedger(300)
    ledger.unsubscribed = set(range(0, 300, 7))
    tally, server = run(ledger)
    assert set(readers(server)) == set(range(300)) - ledger.unsubscribed
    assert tally.sent == 300 - len(ledger.unsubscribed)
    assert tally.skipped == len(ledger.unsubscribed)


def test_a_reader_who_leaves_during_the_run_gets_nothing_from_the_next_commit_on() -> None:
    ledger = MemoryLedger(400)
    gone: set[int] = set()

    def leave(ledger: MemoryLedger) -> None:
        if ledger.commits == 10:
            gone.update(set(range(400)) - ledger.standing)
            ledger.unsubscribed |= gone

    ledger.on_commit = leave
    _, server = run(ledger)
    assert gone
    assert gone.isdisjoint(readers(server))


def test_at_32_connections_a_commit_carries_at_least_five_messages() -> None:
    ledger = MemoryLedger(3000)
    tally, _ = run(ledger, connections=32)
    assert tally.sent >= 5 * tally.commits
    assert tally.commits == ledger.commits


def test_outcomes_of_all_kinds_are_recorded_exactly() -> None:
    ledger = MemoryLedger(60)
    kinds: list[Outcome] = [
        Sent("250 ok"),
        Deferred("450 later"),
        Rejected("550 5.1.1 nobody", suppress=True),
        Unknown("no reply"),
    ]
    recorder = Recorder({ref: kinds[ref % 4] for ref in range(60)}, ledger)
    tally = asyncio.run(deliver(ledger, recorder, connections=4, pause=PAUSE))
    assert ledger.outcomes == recorder.answers
    assert (tally.sent, tally.deferred, tally.rejected, tally.unknown) == (15, 15, 15, 15)
    assert tally.trouble == ""


def test_a_policy_rejection_stops_its_issue_and_no_other() -> None:
    ledger = MemoryLedger(200, issue_of=lambda ref: ref % 2)
    tally, server = run(ledger, {"RCPT": ["250 ok"] * 20 + ["550 5.7.1 not from you"]})
    [refused] = ledger.refs(Refused)
    stopped = refused % 2
    assert tally.refused == 1
    assert tally.paused == frozenset({stopped})
    got = set(readers(server))
    assert set(range(1 - stopped, 200, 2)) <= got
    assert len([ref for ref in got if ref % 2 == stopped]) < 50
    assert tally.skipped <= 8, "the engine itself passes over the claims of a stopped issue"


def test_a_message_that_cannot_be_made_is_deferred_and_stops_nobody() -> None:
    class Broken(MemoryLedger):
        def _build(self, ref: int) -> Message:
            if ref == 5:
                raise KeyError("hole")
            return super()._build(ref)

    ledger = Broken(20)
    tally, server = run(ledger)
    assert ledger.refs(Deferred) == {5}
    assert sorted(readers(server)) == [ref for ref in range(20) if ref != 5]
    assert tally.sent == 19


# The relay


def test_a_relay_that_is_away_leaves_the_ledger_untouched() -> None:
    ledger = MemoryLedger(100)

    async def go() -> Tally:
        async with serving() as server:
            transport = relay(server)
        return await deliver(ledger, transport, connections=32)

    tally = asyncio.run(go())
    assert "does not answer" in tally.trouble
    assert replace(tally, trouble="") == Tally()
    assert ledger.standing == set()
    assert ledger.commits == 0


@pytest.mark.parametrize("script", [{"CONNECT": "421 4.3.2 full"}, {"EHLO": HANGUP}])
def test_a_relay_that_refuses_us_is_asked_once_and_not_by_every_connection(script: Script) -> None:
    ledger = MemoryLedger(100)
    tally, server = run(ledger, script, connections=32)
    assert tally.trouble
    assert server.connections == 1
    assert ledger.standing == set()


def test_a_relay_that_limits_messages_per_connection_gets_them_all() -> None:
    ledger = MemoryLedger(200)
    tally, server = run(ledger, {".": [*["250 ok", "250 ok", "250 ok!"] * 100]}, connections=4)
    assert tally.unknown == 0
    assert tally.trouble == ""
    assert len(ledger.outcomes) == 200
    assert server.connections > 20


def test_a_relay_that_limits_connections_gets_everything_over_those_it_takes() -> None:
    ledger = MemoryLedger(300)
    recorder = Recorder(ledger=ledger, most=3)
    tally = asyncio.run(deliver(ledger, recorder, connections=16, pause=PAUSE))
    assert tally == Tally(sent=300, commits=ledger.commits)
    assert ledger.breaches == []


@pytest.mark.parametrize("how", [HANGUP, RESET])
def test_a_connection_lost_after_the_dot_leaves_one_unknown_and_the_others_go_on(how: str) -> None:
    ledger = MemoryLedger(100)
    tally, server = run(ledger, {".": ["250 ok"] * 30 + [how]}, connections=4)
    assert (tally.sent, tally.unknown) == (99, 1)
    assert sorted(readers(server)) == list(range(100))


def test_a_relay_that_always_hangs_up_after_the_dot_costs_four_readers_however_many_connections() -> None:
    ledger = MemoryLedger(500)
    tally, server = run(ledger, {".": HANGUP}, connections=32)
    assert tally.unknown == 4
    assert server.connections == 4
    assert "closes its connections" in tally.trouble
    assert len(ledger.standing) == 4


def test_a_relay_that_dies_in_the_middle_settles_what_was_in_flight_and_touches_nothing_else() -> None:
    ledger = MemoryLedger(300)
    alive = ["220 scripted"] * 8
    tally, server = run(
        ledger, {"CONNECT": [*alive, *[HANGUP] * 400], ".": ["250 ok"] * 100 + [HANGUP] * 400}
    )
    assert tally.sent == 100
    assert tally.unknown + tally.deferred <= 8
    assert tally.trouble
    assert len(ledger.standing) == len(ledger.outcomes) < 120
    assert server.connections < 8 + 32


def test_a_relay_that_restarts_is_waited_for() -> None:
    ledger = MemoryLedger(300)
    recorder = Recorder({ref: Unknown("restart") for ref in range(96, 104)}, ledger, reached=8, refusals=3)
    tally = asyncio.run(deliver(ledger, recorder, connections=8, pause=PAUSE))
    assert tally == Tally(sent=292, unknown=8, commits=ledger.commits)
    assert ledger.breaches == []


def test_a_session_that_fails_in_a_way_nobody_foresaw_leaves_its_message_unknown() -> None:
    class Failing(Recorder):
        async def connect(self) -> RecorderSession:
            session = await super().connect()
            send = session.send

            async def fail_once(message: Message) -> Outcome:
                if message.envelope.recipient.local == "reader7":
                    raise ZeroDivisionError
                return await send(message)

            session.send = fail_once  # type: ignore[method-assign]
            return session

    ledger = MemoryLedger(40)
    tally = asyncio.run(deliver(ledger, Failing(ledger=ledger), connections=2, pause=PAUSE))
    assert (tally.sent, tally.unknown) == (39, 1)
    assert ledger.refs(Unknown) == {7}


# Stopping


def test_a_stop_lets_open_messages_finish_and_begins_no_other() -> None:
    ledger = MemoryLedger(1000)
    recorder = Recorder(ledger=ledger, delay=0.01)

    async def go() -> Tally:
        stop = asyncio.Event()
        running = asyncio.ensure_future(deliver(ledger, recorder, connections=8, stop=stop))
        while len(recorder.sent) < 20:
            await asyncio.sleep(0.001)
        stop.set()
        return await running

    tally = asyncio.run(go())
    assert 20 <= tally.sent < 60
    assert ledger.in_doubt == set()
    assert sorted(recorder.sent) == sorted(ledger.refs(Sent))
    assert ledger.breaches == []
    assert tally.trouble == ""


def test_a_stop_does_not_wait_for_a_connection_that_is_being_made() -> None:
    class Slow(Recorder):
        async def connect(self) -> RecorderSession:
            await asyncio.sleep(60)
            raise AssertionError

    ledger = MemoryLedger(10)

    async def go() -> Tally:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(0.05, stop.set)
        return await deliver(ledger, Slow(), connections=8, stop=stop)

    began = time.monotonic()
    assert asyncio.run(go()) == Tally()
    assert time.monotonic() - began < 5
    assert ledger.standing == set()


def test_cancelling_leaves_only_what_was_in_flight_in_doubt() -> None:
    ledger = MemoryLedger(1000)
    recorder = Recorder(ledger=ledger, delay=0.01)

    async def go() -> None:
        running = asyncio.ensure_future(deliver(ledger, recorder, connections=8))
        while len(recorder.sent) < 20:
            await asyncio.sleep(0.001)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(go())
    assert ledger.breaches == []
    assert len(ledger.in_doubt) <= 8
    assert set(recorder.sent) <= ledger.standing
    assert recorder.live == 0


# The ledger


def test_a_ledger_that_cannot_be_written_stops_everything_before_the_next_message() -> None:
    class Full(MemoryLedger):
        def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
            if intents and self.commits >= 5:
                raise StoreError("disk full")
            return super().commit(outcomes, intents)

    ledger = Full(500)
    recorder = Recorder(ledger=ledger)
    with pytest.raises(StoreError, match="disk full"):
        asyncio.run(deliver(ledger, recorder, connections=8))
    assert ledger.breaches == []
    assert set(recorder.sent) == ledger.standing
    assert ledger.in_doubt == set(), "the outcomes that are known were recorded in the last try"


def test_a_ledger_that_stays_broken_raises_and_leaves_its_rows_in_flight() -> None:
    class Broken(MemoryLedger):
        def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
            if self.commits >= 5:
                raise StoreError("I/O error")
            return super().commit(outcomes, intents)

    ledger = Broken(500)
    recorder = Recorder(ledger=ledger)
    with pytest.raises(StoreError, match="I/O error"):
        asyncio.run(deliver(ledger, recorder, connections=8))
    assert set(recorder.sent) == ledger.standing
    assert len(ledger.in_doubt) <= 8


def test_a_ledger_that_cannot_be_read_raises_after_what_it_gave_was_sent() -> None:
    class Unreadable(MemoryLedger):
        def claim(self, limit: int) -> list[object]:  # type: ignore[override]
            if self.count - len(self.pending) >= 500:
                raise StoreError("no such table")
            return super().claim(limit)  # type: ignore[return-value]

    ledger = Unreadable(2000)
    with pytest.raises(StoreError, match="no such table"):
        asyncio.run(deliver(ledger, Recorder(ledger=ledger), connections=8))
    assert ledger.breaches == []
    assert ledger.in_doubt == set()
