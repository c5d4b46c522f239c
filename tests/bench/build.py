"""``kawaraban build`` beside Hugo: six categories, whole processes, process start included.

    python -m tests.bench.build FOLDER_OF_A_JEKYLL_SITE [--runs 7]

Kawaraban writes its store and three formats of every feed; Hugo writes one RSS feed of 20 full posts
for each category and renders no page (hugo/config.toml).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.processes import Run, in_turn, measure, median

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path, help="a Jekyll site: _config.yml and _posts")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    hugo = shutil.which("hugo")
    if hugo is None:
        print("skipped: there is no hugo on this machine (apt-get install hugo)")
        return 0
    with tempfile.TemporaryDirectory(prefix="kawaraban-bench-") as name:
        bench(Path(name), options.site.resolve(), hugo, options.runs)
    return 0


def bench(folder: Path, site: Path, hugo: str, runs: int) -> None:
    ours, theirs = folder / "kawaraban", folder / "hugo"
    shutil.copytree(HERE / "hugo", theirs)
    shutil.copytree(site / "_posts", theirs / "content" / "posts")
    ours.mkdir()
    shutil.copytree(site / "_posts", ours / "_posts")
    shutil.copy(site / "_config.yml", ours)
    kawaraban = str(Path(sys.executable).with_name("kawaraban"))
    subprocess.run([kawaraban, "init"], cwd=ours, check=True, stdout=subprocess.DEVNULL)
    posts = sorted((ours / "_posts").iterdir())

    def build() -> Run:
        return measure([kawaraban, "build"], ours)

    def cold() -> Run:
        shutil.rmtree(ours / ".kawaraban", ignore_errors=True)
        shutil.rmtree(ours / "feeds", ignore_errors=True)
        return build()

    def changed() -> Run:
        with posts[-1].open("a", encoding="utf-8") as post:
            post.write("\nOne more line.\n")
        return build()

    def peer() -> Run:
        for made in ("public", "resources"):
            shutil.rmtree(theirs / made, ignore_errors=True)
        return measure([hugo, "--quiet"], theirs)

    print(
        f"{len(posts)} posts, {sum(p.stat().st_size for p in posts) / 1e6:.0f} MB, {runs} runs each, medians"
    )
    print(f"{'':24}{'seconds':>9}{'posts/s':>9}{'CPU s':>8}{'MB':>6}   ratio to Hugo in the same run")

    def row(name: str, run: Run, ratio: str) -> None:
        speed = len(posts) / run.wall
        print(f"{name:24}{run.wall:9.3f}{speed:9.0f}{run.cpu:8.3f}{run.memory / 1024:6.0f}   {ratio}")

    for name, one in (
        ("build, cold", cold),
        ("build, nothing changed", build),
        ("build, one post changed", changed),
    ):
        mine, hugos, ratio = in_turn(runs, one, peer)
        row(name, median(mine), f"{ratio:.2f}")
        row("  hugo", median(hugos), "")


if __name__ == "__main__":
    sys.exit(main())
