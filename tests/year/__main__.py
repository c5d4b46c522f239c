"""A year of edits before readers that people use.

    python -m tests.year [--days 365] [--posts 200] [--seed N] [--ids tag|permalink|jekyll]

Exit 1 if a reader was shown an old post as a new one, or missed a post that its feed carried.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.year.play import Year, play


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.year", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--posts", type=int, default=200, help="at the beginning")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    parser.add_argument("--ids", choices=("tag", "permalink", "jekyll"), default="tag")
    options = parser.parse_args()
    newsboat = shutil.which("newsboat") is not None
    if not newsboat:
        print("newsboat skipped: there is none on this machine")
    print(f"{options.days} days, seed {options.seed}, ids {options.ids}")
    with tempfile.TemporaryDirectory(prefix="kawaraban-year-") as name:
        year = play(
            Path(name),
            days=options.days,
            posts=options.posts,
            seed=options.seed,
            ids=options.ids,
            newsboat=newsboat,
            say=lambda line: print(line, flush=True),
        )
    _report(year)
    return 1 if year.faults else 0


def _report(year: Year) -> None:
    print("\nedits:   " + ", ".join(f"{name} {times}" for name, times in year.edits.most_common()))
    answers = ", ".join(
        f"{agent} {status}: {times}" for (agent, status), times in sorted(year.answers.items())
    )
    print(f"polls:   {year.polls}; answers: {answers}")
    print(f"shown:   {year.shown} posts as new, each once to each reader")
    print(f"faults:  {len(year.faults)}")
    for fault in year.faults[:20]:
        print(f"    {fault[:1000]}")


if __name__ == "__main__":
    sys.exit(main())
