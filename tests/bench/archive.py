"""Large archives: what a publication costs cold, at a start with everything known, and for one changed post.

    python -m tests.bench.archive [--posts 1000 10000 100000]

Generated posts of 12 KB in 200 categories. Each step is a process of its own, but for the changed post:
that is the scan of its place and the publication of its feeds inside a running program, as the daemon does
it, the median of nine, and how much the work grew from the smallest archive. The last column is the time
from saving a file to its feeds with ``kawaraban run``: half a second of it is to see that nobody writes on.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from feeds.service import Service
from tests.bench.processes import measure

CATEGORIES = 200
PARAGRAPH = (
    "瓦版は江戸の町で売られた一枚摺りの読み物です。**「火事だ」**と声が上がると、半日後にはもう売られていました。"
    "It was sold in the street, read aloud, and wrapped around fish the day after. "
)
CONFIGURATION = '[site]\ntitle = "Archive"\nurl = "https://example.org"\nlanguage = "ja"\n'
MONTH = 28


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--posts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    print(f"{'posts':>9}{'cold s':>9}{'MB':>6}{'known s':>9}{'one post ms':>13}{'growth':>8}{'saved s':>9}")
    smallest = 0.0
    for count in options.posts:
        with tempfile.TemporaryDirectory(prefix="kawaraban-archive-") as name:
            site = Path(name)
            write_site(site, count)
            kawaraban = str(Path(sys.executable).with_name("kawaraban"))
            command = [kawaraban, "--config", str(site / "kawaraban.toml"), "build"]
            cold, known = measure(command, site), measure(command, site)
            one = statistics.median(changes(site, count))
            smallest = smallest or one
            print(
                f"{count:9,}{cold.wall:9.2f}{cold.memory / 1024:6.0f}{known.wall:9.2f}"
                f"{one * 1000:13.1f}{one / smallest:8.2f}{statistics.median(saved(site)):9.2f}",
                flush=True,
            )
    return 0


def write_site(site: Path, count: int) -> None:
    """A configuration and posts of 12 KB: a thousand in a folder."""
    (site / "kawaraban.toml").write_text(CONFIGURATION, encoding="utf-8")
    for number in range(count):
        file = site / "posts" / f"{number // 1000:03}" / f"post-{number:06}.md"
        if number % 1000 == 0:
            file.parent.mkdir(parents=True)
        file.write_text(post(number), encoding="utf-8")


def post(number: int) -> str:
    """The text of one generated post."""
    day = f"{2000 + number // (12 * MONTH) % 26}-{number // MONTH % 12 + 1:02}-{number % MONTH + 1:02}"
    head = f"---\ntitle: Post {number}\ndate: {day}\ncategory: c{number % CATEGORIES}\ntags: [a, b]\n---\n"
    body = f"Post {number}.\n\n" + f"{PARAGRAPH}\n\n" * 60
    return head + body.encode()[: 12_000 - len(head)].decode(errors="ignore") + "\n"


def changes(site: Path, count: int) -> Iterator[float]:
    """Seconds for each of nine new posts, from the known place to the feeds on disk."""
    with Service.open(site / "kawaraban.toml") as service:
        service.build()
        for number in range(10):
            file = site / "posts" / "000" / f"new-{number}.md"
            file.write_text(post(count + number).replace("date: 20", "date: 2026-01-01 #"), encoding="utf-8")
            os.utime(file, ns=(0, time.time_ns() - 10**9))
            started = time.perf_counter()
            report = service.build(places=[f"000/{file.name}"])
            if number:  # the first one loads what is needed
                yield time.perf_counter() - started
            assert report.publish.written


def saved(site: Path) -> Iterator[float]:
    """Seconds for each of five files, from saving it to the feed of everything, with a daemon at work."""
    kawaraban = str(Path(sys.executable).with_name("kawaraban"))
    command = [kawaraban, "--config", str(site / "kawaraban.toml"), "run", "--only", "scheduler"]
    daemon = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        time.sleep(10)  # it looks at everything first
        for number in range(5):
            text = post(number).replace("date: 20", "date: 2026-01-02 #")
            started = time.perf_counter()
            name = f"saved-{number}"
            (site / "posts" / "000" / f"{name}.md").write_text(text, encoding="utf-8")
            while name not in (site / "public" / "feeds" / "all.json").read_text(encoding="utf-8"):
                time.sleep(0.01)
            yield time.perf_counter() - started
            time.sleep(1)
    finally:
        daemon.terminate()
        daemon.wait()


if __name__ == "__main__":
    sys.exit(main())
