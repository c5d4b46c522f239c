"""Cases 14 to 24, 27 and 29: what servers say, and when, at each phase; with PIPELINING and without."""

from __future__ import annotations

import gc
import os
import ssl
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from feeds.errors import KawarabanError
from tests.faults.judge import Book, judge
from tests.faults.mailbox import EXTENSIONS, HANGUP, RESET, SILENCE, Act, Mailbox, Script, Step, at
from tests.faults.trial import Trial
from tests.faults.victim import LATER, Victim, send_gently

READERS = 24
HITS = frozenset({2, 5, 6})
"""Which occurrences of a phase fail."""
FIRST = frozenset({1, 2, 4})
"""The same where a relay fails before it has ever worked."""
WAYS = (EXTENSIONS, ("8BITMIME",), ())
"""Servers with PIPELINING, without, and with nothing at all."""
SHORT = {"connect": 0.4, "command": 0.4, "data": 0.4, "dot": 0.4, "parting": 0.4}


@dataclass
class Wanted:
    """What has to come of it, over all readers."""

    doubts: int | None = 0
    """How many attempts are in doubt; None where either is right."""
    rejected: int | None = 0
    suppressed: int = 0
    paused: bool = False
    taken_and_refused: bool = False


@dataclass
class Outcome:
    """What came of it."""

    book: Book
    suppressed: int
    paused: int
    troubles: list[str] = field(default_factory=list)


def scripted(
    trial: Trial,
    script: Script,
    wanted: Wanted,
    what: str,
    **box: Any,
) -> None:
    """Sends to few readers through a relay with this script, for each kind of server, and judges."""
    for extensions in WAYS if trial.long else WAYS[:2]:
        trial.fresh_dumps()
        mailbox = trial.serve(Mailbox(trial.dumps, script, extensions=extensions, **box))
        files = len(os.listdir("/proc/self/fd"))
        outcome = send_here(trial, mailbox.port)
        name = f"{what}, {'/'.join(extensions) or 'no extensions'}"
        trial.verdict.expect(mailbox.acted > 0, f"{name}: it did not come to that")
        gc.collect()
        left = len(os.listdir("/proc/self/fd")) - files - mailbox.open
        trial.verdict.expect(left <= 0, f"{name}: {left} files left open")
        for failure in mailbox.failures:
            trial.verdict.expect(False, f"{name}: {failure}")
        judge_here(trial, outcome, wanted, name)
        mailbox.stop()


def send_here(
    trial: Trial,
    port: int,
    *,
    readers: int = READERS,
    rounds: int = 14,
    tls: tuple[str, ssl.SSLContext] | None = None,
    **configured: Any,
) -> Outcome:
    """Sends in this process, with short timeouts; paused issues are resumed.

    ``tls``: by STARTTLS to this host name, trusting this context.
    """
    site = trial.prepare(readers)
    site.configure(port, unknown=trial.policy, connections=4, **configured)
    service_class = type("Here", (Victim,), {"timeouts": SHORT, "tls": tls, "control": trial.control})
    paused, troubles = 0, []
    with service_class.open(site.config, environ={}) as service:
        for _ in range(rounds):
            try:
                trouble = send_gently(service)
            except KawarabanError as error:
                trouble = str(error)
            troubles += [trouble] if trouble else []
            for (issue,) in site.rows("SELECT key FROM issues WHERE state = 'paused'"):
                service.resume(issue)
                paused += 1
            if not service.waiting():
                break
            service_class.later += LATER  # type: ignore[attr-defined]
    suppressed = len(site.rows("SELECT 1 FROM suppressions"))
    return Outcome(trial.book(), suppressed, paused, troubles)


def judge_here(trial: Trial, outcome: Outcome, wanted: Wanted, name: str) -> None:
    found = judge(outcome.book, trial.dumps.mails(), taken_and_refused=wanted.taken_and_refused)
    doubts = sum(row.doubts for row in outcome.book.rows)
    states = Counter(row.state for row in outcome.book.rows)
    expected = (trial.policy == "hold" and wanted.doubts) or 0
    found.expect(wanted.doubts in {None, doubts}, f"{doubts} attempts in doubt, not {wanted.doubts}")
    found.expect(
        wanted.rejected in {None, states["rejected"]}, f"{states['rejected']} rejected, not {wanted.rejected}"
    )
    found.expect(
        outcome.suppressed == wanted.suppressed, f"{outcome.suppressed} suppressed, not {wanted.suppressed}"
    )
    found.expect(bool(outcome.paused) == wanted.paused, f"the issue was paused {outcome.paused} times")
    if wanted.doubts is not None:
        found.expect(found.unknown == expected, f"{found.unknown} unknown, not {expected}")
    found.complaints = [f"{name}: {complaint}" for complaint in found.complaints]
    trial.verdict.add(found)


def _each(trial: Trial, phases: Iterable[str], steps: Iterable[Step], wanted: Wanted) -> None:
    for phase in phases:
        for step in steps:
            hits = FIRST if phase in {"CONNECT", "EHLO"} else HITS
            scripted(trial, at(phase, step, hits), wanted, f"{_name(step)} at {phase}")


def _name(step: Step) -> str:
    return step.name if isinstance(step, Act) else repr(step)


BEFORE = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA")


def late_banner(trial: Trial) -> None:
    """Case 14: the banner comes late or never; other connections go on."""
    _each(trial, ["CONNECT"], [SILENCE, Act("late", wait=0.2)], Wanted())


def going_away(trial: Trial) -> None:
    """Case 15: 421 before anything was sent."""
    _each(trial, BEFORE, ["421 4.3.2 going down"], Wanted())


def deferred_at_rcpt(trial: Trial) -> None:
    """Case 16: 450 and 451, at each command before the body; servers that let through what they refused."""
    _each(trial, ["MAIL", "RCPT", "DATA"], ["450 4.2.1 greylisted", "451 4.3.0 later"], Wanted())
    for lax in ("data", "all"):
        for phase in ("MAIL", "RCPT"):
            scripted(trial, at(phase, "450 4.2.1 no", HITS), Wanted(), f"450 at {phase}, lax: {lax}", lax=lax)


def too_many(trial: Trial) -> None:
    """Case 17: 452, with and without closing."""
    _each(trial, ["MAIL", "RCPT"], ["452 4.5.3 too many", "452 4.5.3 too many!"], Wanted())


def no_such_reader(trial: Trial) -> None:
    """Case 18: 550 5.1.1 suppresses; 552 and a bare 550 only reject."""
    _each(trial, ["RCPT"], ["550 5.1.1 nobody"], Wanted(rejected=3, suppressed=3))
    _each(trial, ["RCPT"], ["550 no", "552 5.2.2 full"], Wanted(rejected=3))
    scripted(
        trial,
        at("RCPT", "550 5.1.1 nobody", HITS),
        Wanted(rejected=3, suppressed=3),
        "550 at RCPT, DATA let through",
        lax="data",
    )


def policy(trial: Trial) -> None:
    """Case 19: 5.7.x pauses the issue and blames no reader."""
    _each(trial, ["MAIL", "RCPT", "DATA"], ["550 5.7.26 not you"], Wanted(paused=True))
    _each(trial, ["MAIL"], ["550 5.1.8 bad sender"], Wanted(paused=True))
    _each(trial, ["."], ["550 5.7.1 spam"], Wanted(paused=True))


def refused_content(trial: Trial) -> None:
    """Case 20: 552 and 554 after the final dot are certain."""
    _each(trial, ["."], ["552 5.3.4 too big", "554 5.6.0 no"], Wanted(rejected=3))
    _each(trial, ["DATA"], ["554 5.6.0 no", "552 5.3.4 too big"], Wanted(rejected=3))


def deferred_content(trial: Trial) -> None:
    """Case 21: 451 after the final dot is certain."""
    _each(trial, ["."], ["451 4.3.0 later", "452 4.3.1 full"], Wanted())


def gone_after_dot(trial: Trial) -> None:
    """Case 22: 421 after the final dot is a reply, and certain."""
    _each(trial, ["."], ["421 4.3.2 going down", "451 4.3.0 later!"], Wanted())


def no_reply_to_dot(trial: Trial) -> None:
    """Case 23: closed, reset or silent after the final dot: in doubt."""
    _each(trial, ["."], [HANGUP, RESET, SILENCE], Wanted(doubts=3))


def late_reply(trial: Trial) -> None:
    """Case 24: the reply to a final dot comes late, but in time: no duplicate."""
    _each(trial, ["."], [Act("late", wait=0.25)], Wanted())


def garbage(trial: Trial) -> None:
    """Case 27: replies that are none, come in pieces or many lines, or with codes that cannot stand there."""
    nonsense: list[Step] = [
        b"what?\r\n",
        b"\xff\xfe\x00\r\n",
        b"25\r\n",
        b"999 x\r\n",
        b"\r\n",
        b"250-never ends\r\n",
    ]
    _each(trial, BEFORE, nonsense, Wanted(doubts=None))
    _each(trial, ["MAIL", "RCPT", "DATA"], nonsense[:4], Wanted())
    _each(trial, ["."], nonsense[:-1], Wanted(doubts=3))
    _each(trial, ["."], nonsense[-1:], Wanted(doubts=None))  # the next reply may be taken for its end
    _each(trial, ["."], ["354 go on", "150 x"], Wanted(doubts=3))
    _each(trial, ["MAIL", "RCPT"], ["354 go on"], Wanted())
    _each(trial, ["DATA"], ["250 ok"], Wanted())
    many: dict[str, Step] = {
        "MAIL": "250-one\r\n250-two\r\n250 2.1.0 three",
        "RCPT": "250-one\r\n250 2.1.5 two",
        "DATA": "354-go\r\n354 on",
        ".": "250-2.0.0 taken\r\n250-2.0.0 really\r\n250 2.0.0 yes",
    }
    for packet in (0, 1):
        scripted(
            trial, lambda phase, _: many.get(phase), Wanted(), f"many lines, packet {packet}", packet=packet
        )
    for early in ("552 5.3.4 too big", "421 4.3.2 going down"):  # before the body was read
        scripted(
            trial,
            at("DATA", f"354 go on\r\n{early}!", HITS),
            Wanted(doubts=None, rejected=None),
            f"{early} instead of reading the body",
        )
    long_line = b"250 " + b"x" * 100_000 + b"\r\n"
    _each(trial, ["MAIL"], [long_line], Wanted())
    _each(trial, ["."], [long_line], Wanted(doubts=None))


def hung_up(trial: Trial) -> None:
    """Part of case 26: closed, reset or silent at each phase before the final dot is certainly not sent."""
    _each(trial, BEFORE, [HANGUP, SILENCE], Wanted())
    _each(trial, BEFORE, [RESET], Wanted(doubts=None))


def logging_in(trial: Trial) -> None:
    """Case 29: AUTH refused: nothing is sent, nobody is blamed, and there is no storm of tries."""
    for step in ("535 5.7.8 wrong password", "454 4.7.0 not now", "421 4.7.0 too many", HANGUP):
        for method in ("PLAIN", "LOGIN"):
            trial.fresh_dumps()
            extensions = (*EXTENSIONS, f"AUTH {method}")
            box = trial.serve(Mailbox(trial.dumps, at("AUTH", step), extensions=extensions))
            outcome = send_here(trial, box.port, rounds=3, login="me:secret@")
            what = f"AUTH {method}, {_name(step)}"
            rows = outcome.book.rows
            trial.verdict.expect(not trial.dumps.mails(), f"{what}: sent without having logged in")
            trial.verdict.expect(all(row.doubts == 0 for row in rows), f"{what}: in doubt")
            trial.verdict.expect(all(row.state == "pending" for row in rows), f"{what}: a reader was blamed")
            trial.verdict.expect(outcome.suppressed == 0, f"{what}: a reader was suppressed")
            trial.verdict.expect(box.count["AUTH"] <= 12, f"{what}: {box.count['AUTH']} tries in three beats")
            trial.verdict.expect(bool(outcome.troubles), f"{what}: nobody was told")
            trial.verdict.expect(
                not any("secret" in trouble for trouble in outcome.troubles),
                f"{what}: the password was shown",
            )
            box.stop()
    trial.fresh_dumps()
    box = trial.serve(
        Mailbox(
            trial.dumps,
            at("AUTH", "454 4.7.0 not now", frozenset({1, 3})),
            extensions=(*EXTENSIONS, "AUTH PLAIN LOGIN"),
        )
    )
    outcome = send_here(trial, box.port, login="me:secret@")
    judge_here(trial, outcome, Wanted(), "AUTH fails twice")
    trial.verdict.expect(box.acted == 2, f"AUTH failed {box.acted} times")
