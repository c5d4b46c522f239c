"""Shows that the machine has teeth: ``python -m tests.machine.mutants [EXAMPLES]``.

Each mutant is one deliberate fault in a copy of the package. The machine runs against the code as it
is, which has to pass, and against every mutant, which has to be caught. Exit 1 if one is not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 60
"""How many examples a mutant may survive at most; the control has to survive them all."""


@dataclass(frozen=True)
class Change:
    """What stands in a file of the package exactly ``times`` times, and what is to stand there."""

    file: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Mutant:
    name: str
    changes: tuple[Change, ...] = ()


def _one(name: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, (Change(file, old, new),))


MUTANTS = (
    _one(
        "watermark not moved",
        "store/sqlite_ledger.py",
        "_MOVE_WATERMARKS, (), done)",
        "_MOVE_WATERMARKS, (), [])",
    ),
    _one(
        "suppression not asked at the intent",
        "store/sqlite_ledger.py",
        '"NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.address_hash = s.address_hash)"',
        '"1"',
    ),
    _one(
        "date instead of sequence decides what was read",
        "newsletter/selection.py",
        "top = max(post.sequence for post in new)",
        "top = max(new, key=lambda post: post.published).sequence",
    ),
    _one("slot not closed", "actions/compose.py", "slots_store.close(connection, slot, now)", "assert slot"),
    _one(
        "active_since ignored",
        "store/issues.py",
        "subscribers.c.active_since < slot.due,",
        "subscribers.c.active_since.is_not(None),",
    ),
    Mutant(
        "confirmation leaves watermark 0",
        (
            Change("actions/confirm.py", "watermark=state.top_sequence(connection)", "watermark=0"),
            Change("actions/subscribe.py", "watermark=state.top_sequence(connection)", "watermark=0"),
        ),
    ),
    _one(
        "added topic counts from 0",
        "actions/choose.py",
        "_counted(before.topics, wanted.topics, state.top_sequence(connection))",
        "_counted(before.topics, wanted.topics, 0)",
    ),
    _one(
        "unsubscribe not asked at the intent",
        "store/sqlite_ledger.py",
        """_WANTED = "s.state = 'confirmed' AND s.watermark < d.top\"""",
        '_WANTED = "s.watermark < d.top"',
    ),
    Mutant(
        "rename taken for a new post",
        (Change("actions/matching.py", 'attrgetter("fingerprint")', 'attrgetter("key", "path")', 2),),
    ),
    Mutant(
        "ids made anew in every scan",
        (
            Change("actions/reconcile.py", "key=known.post.key, ids=known.post.ids)", "key=known.post.key)"),
            Change("store/post_writes.py", "for name in WRITTEN}", "for name in (*WRITTEN, *IDS)}"),
            Change(
                "store/post_writes.py",
                "in zip(WRITTEN, _row(known, numbers), strict=True)}",
                "in zip((*WRITTEN, *IDS), (*_row(known, numbers), *ids_of(known.post.ids)), strict=True)}",
            ),
        ),
    ),
    _one(
        "carried not marked",
        "actions/compose.py",
        "mailable_store.mark_carried(connection, carried)",
        "pass",
    ),
    _one(
        "what was mailable before a new confirmation is sent",
        "store/sqlite_ledger.py",
        """_WANTED = "s.state = 'confirmed' AND s.watermark < d.top\"""",
        """_WANTED = "s.state = 'confirmed'\"""",
    ),
    _one(
        "a refusal after a doubtful attempt counts as not delivered",
        "actions/deliver.py",
        "if due.doubts and",
        "if not due and",
    ),
    _one(
        "everything chosen twice forgets what was on its way",
        "actions/choose.py",
        "if EVERYTHING in kept:",
        "if EVERYTHING in kept and EVERYTHING not in had:",
    ),
    _one(
        "a crash in the middle of sending counts as sent",
        "actions/deliver.py",
        "if hold_unknown else DeliveryState.PENDING",
        "if hold_unknown else DeliveryState.SENT",
    ),
    _one(
        "settle time ignored",
        "actions/reconcile.py",
        "known.changed + policy.settle <= findings.now",
        "known.changed <= findings.now",
    ),
    _one(
        "what is held goes out",
        "store/mailable_posts.py",
        'posts.c.state == "visible", posts.c.hold == "", posts.c.in_mail)',
        'posts.c.state == "visible", posts.c.in_mail)',
    ),
    Mutant(
        "unchanged documents rewritten",
        (
            Change("actions/placing.py", "and untouched(", "and not untouched("),
            Change("syndication/output.py", "and tag_of(target, standing, known) == etag:", "and not etag:"),
            Change("syndication/output.py", "if found == draft.etag:", "if not found:"),
        ),
    ),
)


def apply(mutant: Mutant) -> dict[str, str]:
    """The changed files of the package. Raises ValueError where the code is not what the mutant changes."""
    changed: dict[str, str] = {}
    for change in mutant.changes:
        text = changed.get(change.file) or (ROOT / "feeds" / change.file).read_text(encoding="utf-8")
        if text.count(change.old) != change.times:
            raise ValueError(
                f"mutant {mutant.name!r}: feeds/{change.file} has not {change.times} × {change.old!r}"
            )
        changed[change.file] = text.replace(change.old, change.new)
    return changed


def run(mutant: Mutant, examples: int) -> dict[str, object]:
    """What the machine says of a copy of the package with these changes."""
    with tempfile.TemporaryDirectory(prefix="kawaraban-mutant-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "feeds", folder / "feeds", ignore=shutil.ignore_patterns("__pycache__"))
        for other in ("templates", "tests", "config"):
            (folder / other).symlink_to(ROOT / other)
        for file, text in apply(mutant).items():
            (folder / "feeds" / file).write_text(text, encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "tests.machine.trial", str(examples)]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        return {"broken": "", "detail": done.stderr[-500:], "examples": 0, "seconds": 0.0}
    verdict: dict[str, object] = json.loads(done.stdout)
    return verdict


def _verdicts(mutants: tuple[Mutant, ...], examples: int) -> Iterator[tuple[Mutant, dict[str, object]]]:
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as workers:
        running = [(mutant, workers.submit(run, mutant, examples)) for mutant in mutants]
        for mutant, future in running:
            yield mutant, future.result()


def main(examples: int) -> int:
    """Prints a line for every mutant; 1 if one survived, or if the control did not."""
    started, survivors = time.monotonic(), 0
    control = Mutant("(the code as it is)")
    print(f"{'mutant':<60} {'examples':>8} {'seconds':>8}  caught by", flush=True)
    for mutant, verdict in _verdicts((control, *MUTANTS), examples):
        caught, ran = verdict["broken"], verdict["examples"]
        wrong = bool(caught) if mutant is control else not caught
        survivors += wrong or not ran
        said = caught or ("nothing, as it must be" if mutant is control else "NOTHING: it survived")
        print(f"{mutant.name:<60} {ran:>8} {verdict['seconds']:>8.1f}  {said}", flush=True)
        if wrong or not ran:
            print(f"    {verdict['detail']}", flush=True)
    print(f"{len(MUTANTS)} mutants in {time.monotonic() - started:.0f} s, {survivors} wrong", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.machine.mutants",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("examples", metavar="EXAMPLES", type=int, nargs="?", default=EXAMPLES)
    sys.exit(main(parser.parse_args().examples))
