"""One run of the machine: in the suite, and as a program of its own against a changed copy of the package."""

from __future__ import annotations

import json
import logging
import sys
import time
from dataclasses import asdict, dataclass
from itertools import count

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.machine import Machine
from tests.machine.model import Broken

_STEPS = 30
_ROUND = 15


@dataclass(frozen=True)
class Verdict:
    """How a trial ended."""

    broken: str
    """The invariant that broke, or the error that came up; empty if none did."""
    detail: str
    examples: int
    seconds: float


def profile(examples: int, *, shrink: bool) -> settings:
    """How long the machine runs, and what it does about a failure."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    return settings(
        max_examples=examples,
        stateful_step_count=_STEPS,
        phases=phases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.normal if shrink else Verbosity.quiet,
    )


def trial(examples: int) -> Verdict:
    """Runs until an invariant breaks, or about so many examples; the same ones every time."""
    started = time.monotonic()
    Machine.examples = 0
    broken, detail = "", ""
    try:
        for number in count(1):  # a fresh start finds more than a long walk in one corner
            if Machine.examples >= examples:
                break
            run_state_machine_as_test(seed(number)(Machine), settings=profile(_ROUND, shrink=False))
    except Broken as error:
        broken, detail = error.invariant, str(error)
    except Exception as error:
        broken, detail = f"error: {type(error).__name__}", str(error)
    return Verdict(broken, detail, Machine.examples, time.monotonic() - started)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    print(json.dumps(asdict(trial(int(sys.argv[1])))))
