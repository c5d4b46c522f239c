"""Case 43: everything at once, by chance: a relay that may fail at any reply, and readers who leave."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.faults.judge import judge
from tests.faults.mailbox import HANGUP, RESET, SILENCE, Act, Mailbox, Step
from tests.faults.replies import WAYS, send_here
from tests.faults.trial import Trial

ANYWHERE: tuple[Step, ...] = (
    "421 4.3.2 going down",
    "450 4.2.1 later",
    "451 4.3.0 later!",
    "452 4.5.3 too many",
    "500 5.5.2 what?",
    "550 5.1.1 nobody",
    "550 5.7.1 policy",
    "552 5.3.4 too big",
    "554 5.6.0 no!",
    "250 2.0.0 surprise",
    "354 surprise",
    b"no reply at all\r\n",
    b"25\r\n",
    b"250-unfinished\r\n",
    b"250 one\r\n250 two\r\n",
    HANGUP,
    HANGUP,
    RESET,
    RESET,
    SILENCE,
    Act("late", wait=0.05),
    Act("late, then closes", wait=0.05, close=True),
)


def chaos(trial: Trial) -> None:
    """Many short runs, each with a relay of its own; the seed of one that failed is told."""
    for number in range(150 if trial.long else 20 if trial.size == "quick" else 8):
        seed = trial.random.randrange(1 << 32)
        _run(trial, random.Random(seed), f"run {number}, seed {seed}")


def _run(trial: Trial, chance: random.Random, name: str) -> None:
    trial.fresh_dumps()
    often = chance.choice((0.01, 0.03, 0.1))
    box = trial.serve(
        Mailbox(
            trial.dumps,
            _script(chance, often),
            extensions=chance.choice(WAYS),
            lax=chance.choice(("", "", "data", "all")),
            packet=chance.choice((0, 0, 0, 1, 7)),
        )
    )
    policy, trial.policy = trial.policy, chance.choice(("resend", "hold"))
    outcome = send_here(trial, box.port, readers=chance.choice((7, 40)), rounds=60)
    trial.policy = policy
    box.script = lambda _phase, _count: None
    box.stop()
    found = judge(outcome.book, trial.dumps.mails())
    for failure in box.failures:
        found.expect(False, failure)
    found.complaints = [f"{name}: {complaint}" for complaint in found.complaints]
    trial.verdict.add(found)


def _script(chance: random.Random, often: float) -> Callable[[str, int], Step | None]:
    def script(phase: str, _count: int) -> Step | None:
        return chance.choice(ANYWHERE) if phase != "QUIT" and chance.random() < often else None

    return script
