"""One case with one policy, from its first process to its line of the table."""

from __future__ import annotations

import logging
import os
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from tests.faults.cases import Case
from tests.faults.judge import Verdict
from tests.faults.site import Template
from tests.faults.trial import Skip, Trial


@dataclass
class Line:
    """A line of the table."""

    case: Case
    policy: str
    verdict: Verdict
    word: str
    seconds: float


def run(case: Case, folder: Path, *, policy: str, seed: int, size: str) -> Line:
    """Runs one case with one policy."""
    assert case.run is not None
    began, word = time.monotonic(), ""
    with Trial(Template(folder), policy=policy, seed=seed, size=size) as trial:
        try:
            case.run(trial)
        except Skip as reason:
            word = f"skipped: {reason}"
        except Exception:
            trial.verdict.complaints.append(f"the case itself broke: {traceback.format_exc()}")
        if trial.verdict.complaints and trial.errors():
            trial.verdict.notes.append(f"stderr: {trial.errors()}")
    word = "FAILED" if trial.verdict.complaints else word or "ok"
    return Line(case, policy, trial.verdict, word, time.monotonic() - began)


def run_apart(case: Case, folder: Path, policy: str, seed: int, size: str) -> Line:
    """Runs one case in a process that keeps its own templates."""
    if case.run is None:
        return Line(case, "", Verdict(), case.elsewhere, 0.0)
    logging.disable(logging.CRITICAL)
    own = folder / str(os.getpid())
    own.mkdir(exist_ok=True)
    return run(case, own, policy=policy, seed=seed, size=size)
