"""The list of the cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import (
    chaos,
    clocks,
    copies,
    disk,
    kills,
    people,
    postfix,
    postgres,
    replies,
    returned,
    wire,
)
from tests.faults.judge import Verdict
from tests.faults.trial import Trial

BOTH = ("resend", "hold")


def negative_controls(trial: Trial) -> None:
    """Programs that break the contract, each in one way: the judge must object to every one of them."""
    ways: dict[str, Callable[[Trial], None]] = {
        "ungated": kills.few_kills,
        "amnesia": kills.before_result,
        "sanguine": replies.no_reply_to_dot,
        "careless": wire.cut_at_dot,
        "deaf": people.leaving,
        "forgetful": replies.no_reply_to_dot,
        "trusting": copies.one_backup,
    }
    for name, run in ways.items():
        if trial.size == "short" and name == "deaf":
            continue
        trial.control, trial.verdict = name, Verdict(kills=trial.verdict.kills, notes=trial.verdict.notes)
        run(trial)
        seen = trial.verdict.complaints
        trial.verdict.notes.append(f"{name}: {'; '.join(seen[:3]) or 'NOT NOTICED'}")
        trial.fresh_dumps()
    unnoticed = [note for note in trial.verdict.notes if note.endswith("NOT NOTICED")]
    trial.verdict = Verdict(kills=trial.verdict.kills, notes=trial.verdict.notes, complaints=unnoticed)


@dataclass(frozen=True)
class Case:
    """A fault, and what does it."""

    number: int
    """As in the list of the forty; 0 is the negative control."""
    title: str
    run: Callable[[Trial], None] | None = None
    policies: tuple[str, ...] = ("resend",)
    """Both where it makes a difference, in the long run."""
    quick: bool = True
    """Whether it is part of the quick run."""
    elsewhere: str = ""
    """Where it is done, or why it is not, if there is nothing to run here."""


CASES = (
    Case(0, "negative controls: seven ways to break the contract must be noticed", negative_controls),
    Case(1, "SIGKILL at random", kills.random_kills, BOTH),
    Case(2, "SIGKILL after the commit of an intent, before its message", kills.after_intent, BOTH),
    Case(3, "SIGKILL between the final dot and its reply", kills.around_dot, BOTH),
    Case(4, "SIGKILL around the commit of a result", kills.before_result, BOTH),
    Case(5, "SIGKILL while the audience is frozen, and between issue and audience (6)", kills.while_freezing),
    Case(7, "SIGTERM in the middle, then two", kills.asked_to_end),
    Case(8, "SIGSTOP longer than every timeout, the relay gone meanwhile", kills.stopped_clock),
    Case(9, "power cut: what was not synced is gone", disk.power_cuts, BOTH),
    Case(10, "torn writes to the log", disk.torn_pages),
    Case(11, "disk full at a write, and for a while", disk.disk_full, BOTH),
    Case(12, "EIO on fsync", disk.failing_sync, BOTH),
    Case(13, "the database held by others", disk.held_by_others),
    Case(14, "the banner comes late, or never", replies.late_banner),
    Case(15, "421 at each phase", replies.going_away),
    Case(16, "450 and 451 before the body", replies.deferred_at_rcpt),
    Case(17, "452 too many recipients", replies.too_many),
    Case(18, "550 5.1.1 at RCPT, and other rejections", replies.no_such_reader),
    Case(19, "550 5.7.x: policy", replies.policy),
    Case(20, "552 and 554 at DATA and after the final dot", replies.refused_content),
    Case(21, "451 after the final dot", replies.deferred_content),
    Case(22, "421 after the final dot", replies.gone_after_dot),
    Case(23, "closed, reset or silent after the final dot", replies.no_reply_to_dot, BOTH),
    Case(24, "the reply to the final dot is late", replies.late_reply, BOTH),
    Case(25, "cut in the middle of a body", wire.cut_in_body, BOTH),
    Case(26, "RST, black holes and half-open connections", wire.broken_lines, BOTH),
    Case(27, "replies split, in many lines, without code, or nonsense", replies.garbage, BOTH),
    Case(28, "STARTTLS refused, broken, not offered, or by another", wire.encryption),
    Case(29, "AUTH refused", replies.logging_in),
    Case(30, "a real Postfix accepts, then bounces, into a Maildir and a pipe", returned.returned, BOTH),
    Case(31, "forged, doubled, truncated, huge bounces; complaints", returned.forged),
    Case(32, "two daemons and other senders on one file", kills.two_daemons),
    Case(33, "PostgreSQL: nodes killed", postgres.nodes_killed, BOTH),
    Case(34, "PostgreSQL: server stopped at once, connections cut in a commit", postgres.server_restarted),
    Case(35, "PostgreSQL: a lease that runs out while sending", postgres.lease_run_out, quick=False),
    Case(36, "readers leave, are erased or suppressed during the send", people.leaving, BOTH),
    Case(37, "clocks that jump, both nights of summer time, 2038", clocks.jumping),
    Case(38, "posts written in halves, edited, renamed, deleted meanwhile", people.editing),
    Case(39, "the web process killed during sign-up, confirmation, leaving", people.signing_up),
    Case(40, "copies from the middle are put in the place of what sent on", copies.put_back, BOTH),
    Case(42, "verbs of the command line beside the daemon", people.verbs_beside),
    Case(43, "a relay that fails at random, in every way at once", chaos.chaos),
    Case(41, "through a real Postfix with STARTTLS and PIPELINING, both killed", postfix.relayed, BOTH),
)
