"""What only a server with PIPELINING sees: envelopes that go ahead, and what becomes of them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

import pytest

from feeds.delivery.engine import Tally, deliver
from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.timeouts import Timeouts
from feeds.model.message import Deferred, Outcome, Rejected, Sent
from tests.delivery.memory_ledger import MemoryLedger
from tests.delivery.scripted_server import Script, ScriptedServer, serving

SHORT = Timeouts(connect=2, command=2, data=2, dot=2, parting=0.5)
EHLO = "250-scripted\r\n250-PIPELINING\r\n250 SIZE 1000000"


def relay(server: ScriptedServer) -> SmtpTransport:
    return SmtpTransport("127.0.0.1", server.port, "client.test", Security.NONE, timeouts=SHORT)


def run(
    ledger: MemoryLedger,
    script: Script | None = None,
    *,
    connections: int = 1,
    strict: bool = True,
    within: float = float("inf"),
) -> tuple[Tally, ScriptedServer]:
    async def go() -> tuple[Tally, ScriptedServer]:
        async with serving({"EHLO": EHLO, **(script or {})}) as server:
            server.data_needs_a_recipient = strict
            going = deliver(ledger, relay(server), connections=connections, pause=0.001, within=within)
            return await asyncio.wait_for(going, 30), server

    tally, server = asyncio.run(go())
    assert ledger.breaches == []
    assert ledger.in_doubt == set()
    assert all(b"Message-ID" in body for body in server.taken), "no empty mail, whatever happens"
    return tally, server


def numbers(server: ScriptedServer) -> list[int]:
    return [int(body.partition(b"<i1.s")[2].partition(b"@")[0]) for body in server.taken]


class Leaving(MemoryLedger):
    """Readers leave between claim and intent."""

    def __init__(self, count: int, leaving: Sequence[int]) -> None:
        super().__init__(count)
        self.unsubscribed = set(leaving)


class Overheard:
    """What a server reads, piece by piece, and what it answers to each line; bodies it answers nothing."""

    def __init__(self, *, leaves_at: str = "", **replies: str) -> None:
        """``leaves_at``: the word at which it closes its first connection."""
        self.leaves_at = leaves_at
        self.replies = {"EHLO": "250-x\r\n250 PIPELINING", "DATA": "354 go on", "QUIT": "221 bye", **replies}
        self.pieces: list[bytes] = []
        self.connections = 0
        self.arrived = threading.Condition()

    def has(self, text: bytes, seconds: float = 5.0) -> bool:
        """Whether this arrives in time; asked from another thread."""
        with self.arrived:
            return self.arrived.wait_for(lambda: text in b"".join(self.pieces), seconds)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 x ESMTP\r\n")
        while data := await reader.read(100_000):
            with self.arrived:
                self.pieces.append(data)
                self.arrived.notify_all()
            for line in data.decode().split("\r\n"):
                verb = line.partition(" ")[0].upper()
                if verb and verb == self.leaves_at and self.connections == 1:
                    writer.close()
                    return
                if reply := self.replies.get(verb, "250 ok" if verb in ("MAIL", "RCPT", ".") else ""):
                    writer.write(reply.encode() + b"\r\n")
        writer.close()

    def receive(self, ledger: MemoryLedger) -> Tally:
        """Lets one connection send what the ledger has."""

        async def go() -> Tally:
            server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            transport = SmtpTransport("127.0.0.1", port, "client.test", Security.NONE, timeouts=SHORT)
            try:
                return await asyncio.wait_for(deliver(ledger, transport, connections=1, pause=0.001), 30)
            finally:
                server.close()

        tally = asyncio.run(go())
        assert ledger.breaches == []
        assert ledger.in_doubt == set()
        return tally


def test_a_message_takes_one_round_trip_as_its_end_travels_with_the_envelope_of_the_next() -> None:
    server = Overheard()
    assert server.receive(MemoryLedger(10)).sent == 10
    greeting, first, *pieces, goodbye = server.pieces
    assert (greeting[:4], goodbye) == (b"EHLO", b"QUIT\r\n")
    assert first.count(b"\r\n") == 3
    ends = [piece for piece in pieces if piece.endswith(b"DATA\r\n")]
    assert len(ends) == 9, "no envelope has a round trip of its own"
    assert all(b".\r\nMAIL FROM:" in piece for piece in ends)


def test_a_body_travels_while_its_intent_is_committed_and_its_end_waits_for_it() -> None:
    server = Overheard()

    class Slow(MemoryLedger):
        def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
            for ref in intents:
                assert server.has(b"<i1.s%d@kawaraban.test>" % ref), "the body came before the commit ended"
                time.sleep(0.02)
                assert b"".join(server.pieces).count(b"\r\n.\r\n") == ref, "and its end did not"
            return super().commit(outcomes, intents)

    assert server.receive(Slow(5)).sent == 5


class Patient(MemoryLedger):
    """Its commits take until the server has seen the message, and what it says to that is back."""

    def __init__(self, count: int, server: Overheard) -> None:
        super().__init__(count)
        self._server = server

    def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
        for ref in intents:
            assert self._server.has(b"Message-ID: <i1.s%d@" % ref)
            time.sleep(0.05)
        return super().commit(outcomes, intents)


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("552 5.3.4 too large", Rejected("552 5.3.4 too large")),
        ("452 4.3.1 no room", Deferred("452 4.3.1 no room")),
        ("421 4.3.2 going", Deferred("421 4.3.2 going")),
    ],
)
def test_a_server_may_refuse_a_body_before_its_end(reply: str, outcome: Outcome) -> None:
    server = Overheard(**{"MESSAGE-ID:": reply})

    ledger = Patient(2, server)
    tally = server.receive(ledger)
    assert tally.sent == 0
    assert ledger.outcomes == {0: outcome, 1: outcome}
    assert server.connections == 2
    assert b"\r\n.\r\n" not in b"".join(server.pieces)


def test_a_server_that_leaves_in_the_middle_of_a_body_did_not_take_it() -> None:
    server = Overheard(leaves_at="MESSAGE-ID:")
    ledger = Patient(3, server)
    assert server.receive(ledger).sent == 2
    assert server.connections == 2
    assert ledger.outcomes[0] == Deferred("no reply to the body: the connection was closed")


def test_mail_says_how_large_the_message_is() -> None:
    _, server = run(MemoryLedger(1))
    size = len(server.taken[0]) - len(b".\r\n")
    assert f"MAIL FROM:<bounce@kawaraban.test> SIZE={size}" in server.lines


def test_an_intent_that_is_refused_after_the_go_ahead_drops_the_connection_and_sends_nothing() -> None:
    ledger = Leaving(10, [4])
    tally, server = run(ledger)
    assert numbers(server) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert (tally.sent, tally.skipped, tally.trouble) == (9, 1, "")
    assert server.connections == 2


def test_while_intents_are_refused_an_envelope_follows_its_own() -> None:
    ledger = Leaving(100, range(1, 99))
    tally, server = run(ledger)
    assert numbers(server) == [0, 99]
    assert tally.skipped == 98
    assert server.connections == 2
    assert len([line for line in server.lines if line.startswith("MAIL")]) == 3


def test_a_recipient_who_is_refused_costs_no_connection() -> None:
    refused = {"RCPT": ["250 ok", "550 5.1.1 nobody", "450 4.2.1 later"]}
    tally, server = run(MemoryLedger(6), refused)
    assert (tally.sent, tally.rejected, tally.deferred) == (4, 1, 1)
    assert numbers(server) == [0, 3, 4, 5]
    assert server.connections == 1
    assert server.lines.count("RSET") == 2


def test_a_server_that_wants_a_body_for_nobody_gets_a_lone_dot() -> None:
    refused = {"RCPT": ["250 ok", "550 5.1.1 nobody"]}
    ledger = MemoryLedger(5)
    tally, server = run(ledger, refused, strict=False)
    assert (tally.sent, tally.rejected) == (4, 1)
    assert ledger.outcomes[1] == Rejected("550 5.1.1 nobody", suppress=True)
    assert numbers(server) == [0, 2, 3, 4]
    assert server.connections == 1


def test_a_refused_recipient_who_left_meanwhile_is_skipped() -> None:
    ledger = Leaving(5, [2])
    tally, server = run(ledger, {"RCPT": ["250 ok", "250 ok", "550 5.1.1 nobody"]})
    assert (tally.sent, tally.rejected, tally.skipped) == (4, 0, 1)
    assert server.connections == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_leaves_at_the_envelope_ahead_loses_nobody(verb: str) -> None:
    leaving = {verb: ["250 ok" if verb != "DATA" else "354 go"] * 2 + ["421 4.3.2 going"]}
    ledger = MemoryLedger(6)
    tally, server = run(ledger, leaving)
    got = numbers(server)
    assert sorted(got) == sorted(ledger.refs(Sent))
    assert tally.sent + tally.deferred == 6
    assert tally.deferred <= 1
    assert server.connections == 2


def test_a_message_whose_intent_is_too_old_is_not_completed() -> None:
    class Slow(MemoryLedger):
        def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
            if 2 in intents:
                time.sleep(0.3)
            return super().commit(outcomes, intents)

    ledger = Slow(5)
    tally, server = run(ledger, within=0.2)
    assert ledger.refs(Deferred) == {2}
    assert (tally.sent, tally.trouble) == (4, "")
    assert numbers(server) == [0, 1, 3, 4]


def test_a_stop_gives_back_what_was_only_announced() -> None:
    ledger = MemoryLedger(1000)

    async def go() -> tuple[Tally, ScriptedServer]:
        stop = asyncio.Event()
        async with serving({"EHLO": EHLO}) as server:
            running = asyncio.ensure_future(deliver(ledger, relay(server), connections=4, stop=stop))
            while len(server.taken) < 50:
                await asyncio.sleep(0.001)
            stop.set()
            return await running, server

    tally, server = asyncio.run(go())
    assert ledger.in_doubt == set()
    assert ledger.breaches == []
    assert sorted(numbers(server)) == sorted(ledger.refs(Sent))
    assert tally.sent == len(ledger.standing)


def test_a_message_above_the_announced_size_is_an_attempt_that_was_rejected() -> None:
    ledger = MemoryLedger(3, size=5000)
    tally, server = run(ledger, {"EHLO": "250-scripted\r\n250-PIPELINING\r\n250 SIZE 2000"})
    assert tally.rejected == 3
    assert ledger.standing == {0, 1, 2}
    assert not [line for line in server.lines if line.startswith("MAIL")]
