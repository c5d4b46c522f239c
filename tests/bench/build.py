"""``kawaraban build`` beside Hugo or Jekyll: six categories, whole processes, process start included.
A build with everything to do is also measured inside a process that runs already, as in the daemon.

    python -m tests.bench.build FOLDER_OF_A_JEKYLL_SITE [--runs 7] [--jekyll]

Kawaraban writes its store and three formats of every feed; Hugo writes one RSS feed of 20 full posts
for each category and renders no page (hugo/config.toml), and Jekyll with jekyll-feed one Atom feed of
20 for everything and for each category, and no page either (jekyll/_config.yml).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.bench.processes import Run, in_turn, measure, median

HERE = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path, help="a Jekyll site: _config.yml and _posts")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--jekyll", action="store_true", help="beside Jekyll, a cold build only")
    options = parser.parse_args()
    if options.jekyll:
        return _beside_jekyll(options.site.resolve(), options.runs)
    hugo = shutil.which("hugo")
    if hugo is None:
        print("skipped: there is no hugo on this machine (apt-get install hugo)")
        return 0
    with tempfile.TemporaryDirectory(prefix="kawaraban-bench-") as name:
        bench(Path(name), options.site.resolve(), hugo, options.runs)
    return 0


def _beside_jekyll(site: Path, runs: int) -> int:
    if shutil.which("jekyll") is None:
        print("skipped: there is no jekyll on this machine (apt-get install jekyll ruby-jekyll-feed)")
        return 0
    with tempfile.TemporaryDirectory(prefix="kawaraban-bench-") as name:
        bench_jekyll(Path(name), site, runs)
    return 0


def bench_jekyll(folder: Path, site: Path, runs: int) -> None:
    ours, theirs = folder / "kawaraban", folder / "jekyll"
    kawaraban = _publication(ours, site)
    shutil.copytree(HERE / "jekyll", theirs)
    shutil.copytree(site / "_posts", theirs / "_posts")
    settings = tomllib.loads((ours / "config" / "kawaraban.toml").read_text("utf-8"))
    more = {"feed": {"posts_limit": 20, "categories": list(settings["categories"])}}
    (theirs / "more.yml").write_text(json.dumps(more), "utf-8")  # JSON is YAML
    jekyll = ["jekyll", "build", "--config", "_config.yml,more.yml", "--disable-disk-cache"]

    def cold() -> Run:
        _forget(ours)
        return measure([kawaraban, "build"], ours)

    def peer() -> Run:
        shutil.rmtree(theirs / "_site", ignore_errors=True)
        return measure(jekyll, theirs)

    mine, jekylls, ratio = in_turn(runs, cold, peer)
    feeds = len(list((theirs / "_site").rglob("*.xml")))
    print(f"{len(list((ours / '_posts').iterdir()))} posts, {runs} runs each, medians; Jekyll: {feeds} feeds")
    for name, run in (("build, cold", median(mine)), ("jekyll, jekyll-feed", median(jekylls))):
        print(f"{name:24}{run.wall:9.3f} s{run.cpu:8.3f} CPU s{run.memory / 1024:6.0f} MB")
    print(f"{1 / ratio:.1f} × faster, pair by pair")


def _publication(root: Path, site: Path) -> str:
    """A copy of the site with a configuration; the command to build it with."""
    root.mkdir()
    shutil.copytree(site / "_posts", root / "_posts")
    shutil.copy(site / "_config.yml", root)
    kawaraban = str(Path(sys.executable).with_name("kawaraban"))
    subprocess.run([kawaraban, "init"], cwd=root, check=True, stdout=subprocess.DEVNULL)
    return kawaraban


def _forget(root: Path) -> None:
    shutil.rmtree(root / ".kawaraban", ignore_errors=True)
    shutil.rmtree(root / "feeds", ignore_errors=True)


def bench(folder: Path, site: Path, hugo: str, runs: int) -> None:
    ours, theirs = folder / "kawaraban", folder / "hugo"
    shutil.copytree(HERE / "hugo", theirs)
    shutil.copytree(site / "_posts", theirs / "content" / "posts")
    kawaraban = _publication(ours, site)
    posts = sorted((ours / "_posts").iterdir())

    def build() -> Run:
        return measure([kawaraban, "build"], ours)

    def cold() -> Run:
        _forget(ours)
        return build()

    def changed() -> Run:
        with posts[-1].open("a", encoding="utf-8") as post:
            post.write("\nOne more line.\n")
        return build()

    def warm() -> Run:
        assert daemon.stdin is not None
        assert daemon.stdout is not None
        daemon.stdin.write("build\n")
        daemon.stdin.flush()
        return Run(float(daemon.stdout.readline()), 0, 0)

    def peer() -> Run:
        for made in ("public", "resources"):
            shutil.rmtree(theirs / made, ignore_errors=True)
        return measure([hugo, "--quiet"], theirs)

    config = str(ours / "config" / "kawaraban.toml")
    command = [sys.executable, "-m", "tests.bench.warm", config]
    daemon = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print(
        f"{len(posts)} posts, {sum(p.stat().st_size for p in posts) / 1e6:.0f} MB, {runs} runs each, medians"
    )
    print(f"{'':24}{'seconds':>9}{'posts/s':>9}{'CPU s':>8}{'MB':>6}   ratio to Hugo in the same run")

    def row(name: str, run: Run, ratio: str) -> None:
        speed = len(posts) / run.wall
        used = f"{run.cpu:8.3f}{run.memory / 1024:6.0f}" if run.cpu else " " * 14
        print(f"{name:24}{run.wall:9.3f}{speed:9.0f}{used}   {ratio}")

    for name, one in (
        ("build, cold", cold),
        ("cold, in a daemon", warm),
        ("build, nothing changed", build),
        ("build, one post changed", changed),
    ):
        mine, hugos, ratio = in_turn(runs, one, peer)
        row(name, median(mine), f"{ratio:.2f}")
        row("  hugo", median(hugos), "")
    daemon.communicate()


if __name__ == "__main__":
    sys.exit(main())
