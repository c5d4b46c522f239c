"""A part of ``python -m tests.faults`` that is quick enough for every run of the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cases import CASES
from tests.faults.judge import Book, Row, judge, judge_after_kill
from tests.faults.line import run
from tests.faults.proxy import Dialogue, Event
from tests.faults.sink import Mail, parse

SHORT = (1, 23)
"""Kills at random, and replies to the final dot that never come; the others are for that command."""


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sites")


@pytest.mark.parametrize("number", SHORT)
def test_nothing_is_lost_and_only_what_is_in_doubt_comes_twice(number: int, sites: Path) -> None:
    case = next(case for case in CASES if case.number == number)
    line = run(case, sites, policy="resend", seed=number, size="short")
    if line.word.startswith("skipped"):
        pytest.skip(line.word)
    assert not line.verdict.complaints, line.verdict


def _row(state: str, *, doubts: int = 0, attempts: int = 1) -> Row:
    return Row(1, 1, state, attempts, doubts, "a@example.org", "<1@x>")


def _mail(content: str = "x") -> Mail:
    return Mail("a@example.org", "<1@x>", content)


@pytest.mark.parametrize(
    ("row", "mails", "complaint"),
    [
        (_row("sent"), [], "1 lost"),
        (_row("pending"), [], "1 lost"),
        (_row("sent"), [_mail(), _mail()], "never in doubt arrived twice"),
        (_row("sent", doubts=1), [_mail(), _mail(), _mail()], "more copies than attempts in doubt"),
        (_row("sent", doubts=1), [_mail(), _mail("y")], "copies of a mail differ"),
        (_row("cancelled"), [_mail()], "cancelled and was never in doubt"),
        (_row("sent"), [Mail("b@example.org", "<1@x>", "x")], "wrong reader"),
        (_row("sent"), [_mail(), Mail("a@example.org", "<2@x>", "x")], "no delivery stands for"),
    ],
)
def test_the_judge_sees_what_is_wrong(row: Row, mails: list[Mail], complaint: str) -> None:
    verdict = judge(Book([row], {1: 1}, frozenset({1})), mails)
    assert any(complaint in found for found in verdict.complaints), verdict


@pytest.mark.parametrize(
    ("row", "mails"),
    [
        (_row("sent"), [_mail()]),
        (_row("sent", doubts=1), [_mail(), _mail()]),
        (_row("unknown", doubts=1), [_mail()]),
        (_row("unknown", doubts=1), []),
        (_row("cancelled"), []),
    ],
)
def test_the_judge_accepts_what_the_contract_allows(row: Row, mails: list[Mail]) -> None:
    assert not judge(Book([row], {1: 1}, frozenset({1})), mails).complaints


def test_a_missing_row_is_a_lost_reader() -> None:
    verdict = judge(Book([_row("sent")], {1: 2}, frozenset({1})), [_mail()])
    assert verdict.lost == 1
    assert verdict.complaints


def test_a_mail_before_its_intent_is_seen_after_a_kill() -> None:
    verdict = judge_after_kill(
        Book([_row("pending", attempts=0)], {1: 1}, frozenset()), [_mail()], connections=1
    )
    assert any("never in doubt" in found for found in verdict.complaints)


def test_a_dump_is_the_message_without_what_the_receiver_wrote_above_it() -> None:
    message = b"Message-ID: <1@x>\nSubject: s\n\nbody\n"
    above = b"X-Client-Addr: 127.0.0.1\nX-Rcpt-Args: <a@example.org>\nReceived: from x\n\tby y;\n\tnow\n"
    other = b"X-Rcpt-Args: <a@example.org>\nReceived: from y\n\tby z;\n\tlater\n"
    assert parse(above + message) == parse(other + message)
    assert parse(above + message).recipient == "a@example.org"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_dialogue_is_followed_however_it_is_cut_into_packets(size: int) -> None:
    conversation = [
        (b"", b"220-a\r\n220 b\r\n"),
        (b"EHLO x\r\n", b"250-a\r\n250 PIPELINING\r\n"),
        (b"MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n", b"250 a\r\n250 b\r\n354 c\r\n"),
        (
            b"x\r\n..\r\n\r\n.\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n",
            b"250 taken\r\n250 a\r\n550 b\r\n354 c\r\n",
        ),
        (b".\r\nQUIT\r\n", b"554 nobody\r\n221 bye\r\n"),
    ]
    dialogue, events = Dialogue(), []
    for said, answered in conversation:
        passed = [piece for s in _cut(said, size) for piece in dialogue.from_client(s)]
        assert b"".join(piece for _, piece in passed) == said
        events += [event for event, _ in passed if event is not None]
        passed = [piece for s in _cut(answered, size) for piece in dialogue.from_server(s)]
        assert b"".join(piece for _, piece in passed) == answered
        events += [event for event, _ in passed if event is not None]
    assert [e for e in events if e is not Event.BODY] == [Event.DOT, Event.TAKEN, Event.DOT, Event.TAKEN]


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]
