"""What only a server with PIPELINING sees: envelopes that go ahead, and what becomes of them."""

from __future__ import annotations

import asyncio
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


def test_the_envelope_of_the_next_message_travels_with_the_body_of_this_one() -> None:
    arrived: list[bytes] = []

    async def go() -> None:
        async def one_by_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 x ESMTP\r\n")
            while data := await reader.read(100_000):
                arrived.append(data)
                for line in data.split(b"\r\n"):
                    verb = line[:4].upper()
                    if verb == b"EHLO":
                        writer.write(b"250-x\r\n250 PIPELINING\r\n")
                    elif verb in (b"MAIL", b"RCPT", b"."):
                        writer.write(b"250 ok\r\n")
                    elif verb == b"DATA":
                        writer.write(b"354 go on\r\n")
                    elif verb == b"QUIT":
                        writer.write(b"221 bye\r\n")
            writer.close()

        server = await asyncio.start_server(one_by_one, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        transport = SmtpTransport("127.0.0.1", port, "client.test", Security.NONE, timeouts=SHORT)
        tally = await deliver(MemoryLedger(10), transport, connections=1)
        assert tally.sent == 10
        server.close()

    asyncio.run(go())
    greeting, first, *messages, goodbye = arrived
    assert (greeting[:4], goodbye) == (b"EHLO", b"QUIT\r\n")
    assert first.count(b"\r\n") == 3
    assert len(messages) == 10, "a write and a round trip each"
    assert all(b"\r\n.\r\nMAIL FROM:" in data for data in messages[:-1])


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
                import time

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
