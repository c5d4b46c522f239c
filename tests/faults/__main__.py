"""Everything that can go wrong while mail is sent, done on purpose and judged by what arrived.

    python -m tests.faults                 the quick part
    python -m tests.faults --long          all of it, with a hundred kills and both policies
    python -m tests.faults --case 3        one case; may be repeated
    python -m tests.faults --list          what there is

As many cases run side by side as there are cores (``--jobs``), each on a site of its own.
Prints a table, and ends by 1 if one case failed.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.faults.cases import CASES, Case
from tests.faults.judge import Verdict
from tests.faults.line import Line, run_apart


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
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--jobs", type=int, default=cores, help="cases side by side; else one for each core")
    options = parser.parse_args()
    if options.listing:
        for case in CASES:
            print(f"{case.number:3}  {case.title}{f'  ({case.elsewhere})' if case.elsewhere else ''}")
        return 0
    print(f"seed {options.seed}", flush=True)
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="kawaraban-faults-sites-"))
    try:
        lines = list(_lines(folder, options))
    finally:
        shutil.rmtree(folder)
    print()
    print(table(lines))
    print()
    print(summary(lines))
    return 1 if any(line.word == "FAILED" for line in lines) else 0


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
    "returned": "what a real Postfix returns later, and forged reports",
    "postgres": "nodes of one PostgreSQL killed, stopped past their lease; its server stopped at once",
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


def _lines(folder: Path, options: argparse.Namespace) -> Iterator[Line]:
    """The lines of all cases in their order, each printed when its case and those before it have ended."""
    size = "long" if options.long else "quick"
    # spawn: a case has threads, and none may be copied in the middle of its work
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        begun = [
            (case, policy, pool.submit(run_apart, case, folder, policy, options.seed, size))
            for case in _chosen(options)
            for policy in (_policies(case, options) if case.run else ("",))
        ]
        for case, policy, running in begun:
            line = running.result()
            if case.run:
                _print(line, policy, all_notes=bool(options.case))
            yield line


def _policies(case: Case, options: argparse.Namespace) -> tuple[str, ...]:
    if options.policy:
        return (options.policy,)
    return case.policies if options.long else case.policies[:1]


def _print(line: Line, policy: str, *, all_notes: bool) -> None:
    title = f"{line.case.title}, {policy}"
    print(f"{line.case.number:3}  {line.word:8} {line.seconds:6.1f} s  {title}", flush=True)
    for complaint in line.verdict.complaints:
        print(f"       {complaint}", flush=True)
    for note in line.verdict.notes if line.word == "FAILED" or all_notes else ():
        print(f"       ({note})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
