"""The whole stage against Postfix's smtp-sink: volume, and the faults that it can play."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from feeds.delivery.engine import Tally, deliver
from feeds.delivery.smtp import Security, SmtpTransport
from feeds.delivery.timeouts import Timeouts
from feeds.model.message import Deferred, Outcome, Refused, Rejected, Sent, Unknown
from tests.delivery.memory_ledger import MemoryLedger

Sink = Callable[..., int]


def send(ledger: MemoryLedger, port: int, connections: int = 8, timeouts: Timeouts | None = None) -> Tally:
    transport = SmtpTransport(
        "127.0.0.1", port, "client.test", Security.NONE, timeouts=timeouts or Timeouts(dot=5)
    )
    tally = asyncio.run(deliver(ledger, transport, connections=connections, pause=0.001))
    assert ledger.breaches == []
    assert ledger.in_doubt == set()
    return tally


def dumped(folder: Path) -> Counter[int]:
    """How often the sink stored each reader's message."""
    found: Counter[int] = Counter()
    for path in folder.glob("mail.*"):
        found[int(path.read_bytes().partition(b"<i1.s")[2].partition(b"@")[0])] += 1
    return found


def test_two_thousand_messages_arrive_once_each_in_few_commits(sink: Sink, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    ledger = MemoryLedger(2000, size=3000)
    tally = send(ledger, sink("-d", "mail."), connections=32)
    assert tally.sent == 2000
    assert tally.sent >= 5 * tally.commits
    assert dumped(tmp_path) == Counter(range(2000))


@pytest.mark.parametrize(
    ("options", "kind", "reply"),
    [
        (["-r", "MAIL"], Deferred, "450 4.3.0"),
        (["-r", "RCPT"], Deferred, "450 4.3.0"),
        (["-r", "DATA"], Deferred, "450 4.3.0"),
        (["-r", "."], Deferred, "450 4.3.0"),
        (["-r", "RCPT", "-b", "452 4.5.3 too many recipients"], Deferred, "452 4.5.3"),
        (["-f", "RCPT", "-B", "550 5.1.1 nobody here"], Rejected, "550 5.1.1"),
        (["-f", "DATA", "-B", "554 5.5.1 no"], Rejected, "554 5.5.1"),
        (["-f", ".", "-B", "552 5.3.4 too big"], Rejected, "552 5.3.4"),
    ],
)
def test_a_reply_to_every_message_is_recorded_for_every_reader(
    sink: Sink, options: list[str], kind: type[Outcome], reply: str
) -> None:
    ledger = MemoryLedger(40)
    send(ledger, sink(*options))
    assert ledger.refs(kind) == set(range(40))
    assert all(outcome.reply.startswith(reply) for outcome in ledger.outcomes.values())


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_policy_rejections_pause_the_issue_and_suppress_nobody(sink: Sink, verb: str) -> None:
    ledger = MemoryLedger(200)
    tally = send(ledger, sink("-f", verb, "-B", "550 5.7.26 not authenticated"))
    assert tally.paused == frozenset({1})
    assert 1 <= tally.refused <= 8
    assert len(ledger.refs(Refused)) == tally.refused == len(ledger.outcomes)


@pytest.mark.parametrize("option", ["-q", "-Q"])
@pytest.mark.parametrize("verb", ["CONNECT", "EHLO"])
def test_a_relay_that_breaks_before_the_envelope_touches_nothing(sink: Sink, option: str, verb: str) -> None:
    ledger = MemoryLedger(40)
    tally = send(ledger, sink(option, verb))
    assert tally.trouble
    assert ledger.standing == set()


@pytest.mark.parametrize(
    ("option", "verb", "kind"),
    [
        ("-q", "MAIL", Deferred),
        ("-q", "RCPT", Deferred),
        ("-q", "DATA", Deferred),
        ("-q", ".", Unknown),
        ("-Q", "MAIL", Deferred),
        ("-Q", "DATA", Deferred),
        ("-Q", ".", Deferred),
    ],
)
def test_a_relay_that_always_closes_is_given_up_after_four_messages(
    sink: Sink, option: str, verb: str, kind: type[Outcome]
) -> None:
    ledger = MemoryLedger(400)
    tally = send(ledger, sink(option, verb), connections=32)
    assert "closes its connections" in tally.trouble
    assert len(ledger.outcomes) == len(ledger.refs(kind)) == len(ledger.standing) == 4


def test_an_unknown_message_did_arrive_which_is_why_it_is_not_called_deferred(
    sink: Sink, tmp_path: Path
) -> None:
    tmp_path.chmod(0o777)
    ledger = MemoryLedger(20)
    send(ledger, sink("-q", ".", "-d", "mail."))
    assert ledger.refs(Unknown) == set(dumped(tmp_path))


def test_a_slow_reply_to_the_dot_is_waited_for_and_makes_no_duplicate(sink: Sink, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    ledger = MemoryLedger(8)
    tally = send(ledger, sink("-p", "-W", ".:1", "-d", "mail."))
    assert tally.sent == 8
    assert dumped(tmp_path) == Counter(range(8))


def test_a_reply_to_the_dot_that_comes_too_late_is_unknown(sink: Sink) -> None:
    ledger = MemoryLedger(1)
    tally = send(ledger, sink("-p", "-W", ".:3"), timeouts=Timeouts(dot=0.2))
    assert tally.unknown == 1
    assert ledger.refs(Sent) == set()


def test_a_server_that_offers_pipelining_and_mixes_up_its_replies_gets_one_command_at_a_time(
    sink: Sink,
) -> None:
    ledger = MemoryLedger(12)
    tally = send(ledger, sink("-W", ".:1"), connections=3)  # the reply to the dot comes after later ones
    assert 0 < tally.deferred <= 3
    assert tally.sent == 12 - tally.deferred
    assert tally.trouble == ""
