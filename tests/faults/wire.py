"""Cases 25, 26 and 28: connections that break in the middle of a body, go silent, or do not encrypt."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.certificates import self_signed
from tests.faults.mailbox import HANGUP, Mailbox, Step, at
from tests.faults.proxy import Break, Event, Proxy
from tests.faults.replies import Wanted, hung_up, judge_here, send_here
from tests.faults.trial import Skip, Trial

HITS = frozenset({3, 9, 20})


def cut_in_body(trial: Trial) -> None:
    """Case 25: the connection breaks when half of a body has passed: certainly not sent."""
    for step in (Break.CUT, Break.RESET, Break.HOLE):
        # A client that writes body and dot at once has to count even half of a body as in doubt.
        _through_proxy(trial, Event.BODY, step, Wanted(doubts=None), arrived=24)
        trial.verdict.expect(trial.verdict.duplicated == 0, f"{step.value} in the body: a duplicate")


def broken_lines(trial: Trial) -> None:
    """Case 26: RST, black holes and half-open connections, at the dot, its reply, and all before."""
    for step in (Break.CUT, Break.RESET, Break.HOLE):
        _through_proxy(trial, Event.DOT, step, Wanted(doubts=3), arrived=24)
        _through_proxy(trial, Event.TAKEN, step, Wanted(doubts=3), arrived=27)
    hung_up(trial)


def cut_at_dot(trial: Trial) -> None:
    """One step of case 26, as the negative controls need it."""
    _through_proxy(trial, Event.DOT, Break.CUT, Wanted(doubts=3), arrived=24)


def _through_proxy(trial: Trial, event: Event, step: Break, wanted: Wanted, *, arrived: int) -> None:
    trial.fresh_dumps()
    sink = trial.sink()
    broken = [0]

    def decide(seen: Event, number: int) -> Break:
        if seen is event and number in HITS:
            broken[0] += 1
            return step
        return Break.PASS

    proxy = trial.serve(Proxy(sink.port, decide))
    unknown = trial.verdict.unknown
    outcome = send_here(trial, proxy.port)
    proxy.stop()
    sink.settle()
    name = f"{step.value} at {event.name}"
    judge_here(trial, outcome, wanted, name)
    trial.verdict.expect(broken[0] == len(HITS), f"{name}: it came to that {broken[0]} times")
    mails, held = len(trial.dumps.mails()), trial.policy == "hold"
    if held:  # those in doubt have arrived if the reply was cut off, and not if the dot was
        arrived -= 3 if event is Event.TAKEN else trial.verdict.unknown - unknown
    trial.verdict.expect(mails == arrived, f"{name}: {mails} mails arrived, not {arrived}")
    sink.stop()


def packets(trial: Trial) -> None:
    """Part of case 27: both streams in packets of one byte, to smtp-sink."""
    sink = trial.sink()
    proxy = trial.serve(Proxy(sink.port, lambda *_: Break.PASS, packet=1))
    outcome = send_here(trial, proxy.port, readers=6)
    sink.settle()
    judge_here(trial, outcome, Wanted(), "packets of one byte")


def encryption(trial: Trial) -> None:
    """Case 28: STARTTLS refused, broken, not offered, another's certificate, words slipped in."""
    good, other = certificate(trial.folder / "good"), certificate(trial.folder / "other")
    steps: dict[str, Step] = {
        "454": "454 4.7.0 not now",
        "501": "501 5.5.4 no",
        "closed": HANGUP,
    }
    for name, step in steps.items():
        _no_mail(trial, Mailbox(trial.dumps, at("STARTTLS", step), tls=good[0]), good[1], name)
    _no_mail(trial, Mailbox(trial.dumps), good[1], "not offered")
    _no_mail(trial, Mailbox(trial.dumps, extensions=("STARTTLS",)), good[1], "offered and not done")
    _no_mail(trial, Mailbox(trial.dumps, tls=good[0]), other[1], "a certificate that nobody vouches for")
    _no_mail(
        trial, Mailbox(trial.dumps, tls=good[0]), good[1], "a certificate for another name", host="127.0.0.1"
    )
    slipped = _SlippingIn(trial.dumps, tls=good[0])
    outcome = send_here(trial, trial.serve(slipped).port, rounds=2, tls=("localhost", good[1]))
    slipped.stop()
    trial.verdict.expect(slipped.mails_in_clear == 0, "words slipped in: mail in clear")
    trial.verdict.expect(
        all(row.state == "sent" or row.attempts == 0 for row in outcome.book.rows),
        "words slipped in before the encryption were taken for replies",
    )
    trial.fresh_dumps()
    box = trial.serve(
        Mailbox(trial.dumps, at("STARTTLS", "454 4.7.0 not now", frozenset({1, 3})), tls=good[0])
    )
    outcome = send_here(trial, box.port, tls=("localhost", good[1]))
    judge_here(trial, outcome, Wanted(), "refused twice")
    trial.verdict.expect(box.mails_in_clear == 0, "refused twice: mail in clear")


class _SlippingIn(Mailbox):
    """Sends replies in clear behind its go-ahead, as somebody on the way could."""

    def step(self, phase: str) -> Step | None:
        self.count[phase] += 1
        return b"220 go ahead\r\n250-mailbox\r\n250 AUTH PLAIN\r\n" if phase == "STARTTLS" else None


def _no_mail(
    trial: Trial, box: Mailbox, trust: ssl.SSLContext, name: str, *, host: str = "localhost"
) -> None:
    """Nothing is sent, nobody is blamed, and somebody is told."""
    trial.serve(box)
    outcome = send_here(trial, box.port, rounds=3, tls=(host, trust))
    box.stop()
    rows = outcome.book.rows
    trial.verdict.messages += len(rows)
    trial.verdict.expect(not box.count["MAIL"], f"STARTTLS {name}: mail was sent")
    untouched = all(row.state == "pending" and row.doubts == 0 for row in rows)
    trial.verdict.expect(untouched, f"STARTTLS {name}: a reader was blamed")
    trial.verdict.expect(outcome.suppressed == 0, f"STARTTLS {name}: a reader was suppressed")
    trial.verdict.expect(bool(outcome.troubles), f"STARTTLS {name}: nobody was told")


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for ``localhost``, and a client's that trusts only it."""
    folder.mkdir()
    try:
        return self_signed(folder)
    except LookupError as error:
        raise Skip(str(error)) from None
