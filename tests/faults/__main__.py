"""Everything that can go wrong while mail is sent, done on purpose and judged by what arrived.

    python -m tests.faults                 the quick part
    python -m tests.faults --long          all of it, with a hundred kills and both policies
    python -m tests.faults --case 3        one case; may be repeated
    python -m tests.faults --list          what there is

Prints a table, and ends by 1 if one case failed.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.cases import CASES, Case
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


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--long", action="store_true", help="all cases, more of each, both policies")
    parser.add_argument("--case", type=int, action="append", default=[], metavar="N")
    parser.add_argument("--list", action="store_true", dest="listing")
    parser.add_argument("--policy", choices=["resend", "hold"], help="only with this policy")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is random; it is printed")
    options = parser.parse_args()
    if options.listing:
        for case in CASES:
            print(f"{case.number:3}  {case.title}{f'  ({case.elsewhere})' if case.elsewhere else ''}")
        return 0
    print(f"seed {options.seed}", flush=True)
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="kawaraban-faults-sites-"))
    try:
        lines = [line for case in _chosen(options) for line in _lines(case, folder, options)]
    finally:
        shutil.rmtree(folder)
    print()
    print(table(lines))
    print()
    print(summary(lines))
    return 1 if any(line.word == "FAILED" for line in lines) else 0


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


def table(lines: list[Line]) -> str:
    """The lines as Markdown."""
    head = "| case | policy | kills | messages | lost | duplicated | unknown | verdict |"
    rows = [head, "|---|---|---|---|---|---|---|---|"]
    for line in lines:
        v = line.verdict
        counts = [v.kills, v.messages, v.lost, v.duplicated, v.unknown] if line.case.run else [""] * 5
        numbers = " | ".join(f"{count:,}" if isinstance(count, int) else count for count in counts)
        rows.append(f"| {line.case.number} {line.case.title} | {line.policy} | {numbers} | {line.word} |")
    return "\n".join(rows)


SUBJECTS = {
    "kills": "processes killed, stopped, told to end, or there twice",
    "disk": "power cuts, torn logs, full disks, failing syncs",
    "replies": "what relays say, or do not say, at each phase",
    "chaos": "a relay that fails at random, in every way at once",
    "wire": "connections that break or do not encrypt",
    "people": "readers, editors and owners meanwhile; sign-ups killed",
    "clocks": "clocks that jump, summer time, 2038",
    "copies": "copies that were put back",
    "postfix": "through a real Postfix, both killed",
}


def summary(lines: list[Line]) -> str:
    """The same by subject, in short."""
    rows = [
        "| subject | kills | messages | lost | duplicated | unknown | verdict |",
        "|---|---|---|---|---|---|---|",
    ]
    for module, subject in SUBJECTS.items():
        ours = [line for line in lines if line.case.run and line.case.run.__module__.endswith(f".{module}")]
        if not ours:
            continue
        total, failed = Verdict(), sum(line.word == "FAILED" for line in ours)
        for line in ours:
            total.add(line.verdict)
        counts = (total.kills, total.messages, total.lost, total.duplicated, total.unknown)
        word = f"{failed} FAILED" if failed else "ok"
        rows.append(f"| {subject} | {' | '.join(f'{count:,}' for count in counts)} | {word} |")
    return "\n".join(rows)


def _chosen(options: argparse.Namespace) -> Iterator[Case]:
    for case in CASES:
        if case.number in options.case or (not options.case and (options.long or case.quick)):
            yield case


def _lines(case: Case, folder: Path, options: argparse.Namespace) -> Iterator[Line]:
    if case.run is None:
        yield Line(case, "", Verdict(), case.elsewhere, 0.0)
        return
    policies = case.policies if options.long else case.policies[:1]
    for policy in [options.policy] if options.policy else policies:
        line = run(case, folder, policy=policy, seed=options.seed, size="long" if options.long else "quick")
        print(f"{case.number:3}  {line.word:8} {line.seconds:6.1f} s  {case.title}, {policy}", flush=True)
        for complaint in line.verdict.complaints:
            print(f"       {complaint}", flush=True)
        for note in line.verdict.notes if line.word == "FAILED" or options.case else ():
            print(f"       ({note})", flush=True)
        yield line


if __name__ == "__main__":
    sys.exit(main())
