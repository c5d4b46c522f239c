"""Breaks posts by chance, builds feeds of them, and judges these, for as long as it is told to.

    python -m tests.fuzz [FOLDER_OF_POSTS] [--seconds 60] [--seed N] [--keep FOLDER]

The files of the folder and of tests/bad_posts and tests/golden are what it begins with. Exit 1 if a build
raises, takes too long, forgets a file, or makes a feed that is no XML or JSON or holds script; the site is
kept.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from random import Random

from tests.fuzz.rounds import Seed, try_site, write_site

TESTS = Path(__file__).parents[1]
_LARGEST = 200_000
_MOST = 2_000


def main() -> int:
    options = _options()
    seeds = _seeds([TESTS / "bad_posts", TESTS / "golden", *options.folders])
    number = options.seed if options.seed is not None else int(time.time())
    print(f"{len(seeds)} files to begin with; seed {number}; {options.seconds} seconds")
    end, rounds, bad = time.monotonic() + options.seconds, 0, 0
    while time.monotonic() < end:
        bad += not _round(number + rounds, seeds, options)
        rounds += 1
    print(f"{rounds} sites of {options.files} posts, {bad} of them with something wrong")
    return 1 if bad else 0


def _round(number: int, seeds: list[Seed], options: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory(prefix="kawaraban-fuzz-") as name:
        site = Path(name) / "site"
        write_site(site, Random(number), seeds, options.files)
        wrong = try_site(site)
        if wrong:
            kept = options.keep / f"fuzz-{number}"
            shutil.copytree(site, kept, dirs_exist_ok=True)
            print(f"seed {number}, kept in {kept}:", *wrong[:20], sep="\n  ", flush=True)
    return not wrong


def _seeds(folders: list[Path]) -> list[Seed]:
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    paths = [path for path in paths if path.suffix in {".md", ".mdx", ".markdown", ".html"}]
    chosen = paths if len(paths) <= _MOST else Random(0).sample(paths, _MOST)
    return [Seed(path.name, path.read_bytes()) for path in chosen if path.stat().st_size <= _LARGEST]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", type=Path, nargs="*", metavar="FOLDER_OF_POSTS")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()))
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
