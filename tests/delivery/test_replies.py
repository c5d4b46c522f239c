"""What each SMTP reply makes of a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.delivery.replies import Phase, broken, judge
from feeds.model.message import Deferred, Outcome, Refused, Rejected, Sent, Unknown

BEFORE_THE_DOT = [Phase.MAIL, Phase.RCPT, Phase.DATA]


@pytest.mark.parametrize(
    ("phase", "code", "text", "expected"),
    [
        (Phase.RCPT, 550, "5.1.1 no such user", Rejected("550 5.1.1 no such user", suppress=True)),
        (Phase.RCPT, 550, "5.1.10 null MX", Rejected("550 5.1.10 null MX", suppress=True)),
        (Phase.RCPT, 550, "no such user", Rejected("550 no such user")),
        (Phase.RCPT, 550, "5.2.1 disabled", Rejected("550 5.2.1 disabled", suppress=True)),
        (Phase.RCPT, 552, "5.2.2 mailbox full", Rejected("552 5.2.2 mailbox full")),
        (Phase.RCPT, 554, "5.7.1 relay access denied", Refused("554 5.7.1 relay access denied")),
        (Phase.DATA, 550, "5.7.26 unauthenticated", Refused("550 5.7.26 unauthenticated")),
        (Phase.DATA, 554, "no valid recipients", Rejected("554 no valid recipients")),
        (Phase.DOT, 550, "5.7.515 access denied", Refused("550 5.7.515 access denied")),
        (Phase.DOT, 552, "5.3.4 too big", Rejected("552 5.3.4 too big")),
        (Phase.DOT, 550, "5.1.1 after all", Rejected("550 5.1.1 after all")),
        (Phase.MAIL, 530, "Authentication required", Refused("530 Authentication required")),
        (Phase.RCPT, 535, "bad credentials", Refused("535 bad credentials")),
        (Phase.DOT, 250, "2.0.0 queued as 1", Sent("250 2.0.0 queued as 1")),
        (Phase.MAIL, 250, "ok", None),
        (Phase.RCPT, 251, "will forward", None),
        (Phase.DATA, 354, "go on", None),
    ],
)
def test_a_reply_blames_the_reader_the_message_or_us(
    phase: Phase, code: int, text: str, expected: Outcome | None
) -> None:
    assert judge(phase, code, text) == expected


@pytest.mark.parametrize("enhanced", ["5.1.7", "5.1.8"])
def test_a_reply_at_rcpt_that_blames_our_own_address_suppresses_no_reader(enhanced: str) -> None:
    assert isinstance(judge(Phase.RCPT, 550, f"{enhanced} sender address rejected"), Refused)


def test_no_reader_is_rejected_before_one_was_named() -> None:
    assert isinstance(judge(Phase.MAIL, 553, "who are you"), Refused)


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("reply", [(421, "4.7.0 busy"), (450, "4.2.0 greylisted"), (452, "4.5.3 too many")])
def test_every_4yz_defers_at_every_phase(phase: Phase, reply: tuple[int, str]) -> None:
    assert isinstance(judge(phase, *reply), Deferred)


@pytest.mark.parametrize("phase", BEFORE_THE_DOT)
def test_what_breaks_before_the_dot_was_certainly_not_sent(phase: Phase) -> None:
    assert isinstance(broken(phase, "gone"), Deferred)


def test_what_breaks_after_the_dot_is_unknown() -> None:
    assert isinstance(broken(Phase.DOT, "gone"), Unknown)


@given(st.sampled_from(Phase), st.integers(-1, 9999), st.text())
def test_any_reply_has_a_meaning_and_a_short_printable_text(phase: Phase, code: int, text: str) -> None:
    outcome = judge(phase, code, text)
    if outcome is None:
        assert (phase, code // 100) in {(Phase.MAIL, 2), (Phase.RCPT, 2), (Phase.DATA, 3)}
        return
    assert len(outcome.reply) <= 500
    assert outcome.reply.encode()
    assert not any(ord(c) < 32 for c in outcome.reply)
    assert isinstance(outcome, Sent) == (phase is Phase.DOT and code // 100 == 2)
    if not 200 <= code <= 599:
        assert isinstance(outcome, Unknown if phase is Phase.DOT else Deferred)


def test_undecodable_bytes_of_a_reply_can_be_stored() -> None:
    outcome = judge(Phase.DOT, 250, b"ok \xff".decode("utf-8", "surrogateescape"))
    assert outcome == Sent("250 ok \ufffd")
