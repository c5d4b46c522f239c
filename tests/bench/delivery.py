"""A digest of ten posts to many readers, into Postfix's smtp-sink, beside Postfix's smtp-source.

    python -m tests.bench.delivery [--readers 10000] [--sessions 32] [--rounds 3]

The whole path from the ledger to the recorded outcome, SQLite with synchronous=FULL on this disk;
smtp-source sends as many messages of the same size over as many sessions, before and after each round.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.model.address import EmailAddress
from feeds.service import Service

POSTS = 10
PARAGRAPH = "瓦版は江戸の町で売られた一枚刷りの読み物で、火事や地震、評判の見世物を伝えた。"

CONFIG = """
[site]
title = "ベンチマーク"
url = "https://example.org"
language = "ja"
timezone = "Asia/Tokyo"
[mail]
from = "ベンチマーク <news@example.org>"
smtp = "smtp://127.0.0.1:{port}"
[newsletter]
settle_minutes = 0
[delivery]
connections = {sessions}
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    options = parser.parse_args()
    search = os.environ.get("PATH", "") + ":/usr/sbin"
    sink, source = shutil.which("smtp-sink", path=search), shutil.which("smtp-source", path=search)
    if sink is None or source is None:
        print("skipped: there is no smtp-sink on this machine (apt-get install postfix)")
        return 0
    with tempfile.TemporaryDirectory(prefix=".kawaraban-bench-", dir=options.folder) as name:
        folder = Path(name)
        if _file_system(folder) == "tmpfs":
            print(f"{options.folder} is in memory: name a folder on a disk with --folder")
            return 2
        print(f"{_file_system(folder)}, fsync {_fsync(folder) * 1e3:.2f} ms (median)")
        with _sink(sink, options.sessions) as port:
            bench(folder, port, source, options)
    return 0


def bench(folder: Path, port: int, source: str, options: argparse.Namespace) -> None:
    config = folder / "kawaraban.toml"
    config.write_text(CONFIG.format(port=port, sessions=options.sessions), encoding="utf-8")
    (folder / "posts").mkdir()
    start = datetime.now(UTC) - timedelta(days=options.rounds + 1)
    with Service.open(config, now=start) as service:
        service.build()
        _subscribe(service, options.readers, start)
    ratios = []
    print(f"{options.readers} readers, {POSTS} posts a digest, {options.sessions} sessions")
    for number in range(options.rounds):
        size, rate, commits = _round(config, folder, start + timedelta(days=number + 1), number)
        before_and_after = [_yardstick(source, port, size, options) for _ in range(2)]
        ratios.append(rate / statistics.mean(before_and_after))
        print(
            f"  {rate:7.0f} messages/s   {commits / options.readers:.3f} commits a message   {size} bytes   "
            f"smtp-source {statistics.mean(before_and_after):7.0f}/s   ratio {ratios[-1]:.2f}"
        )
    print(f"ratio to smtp-source, median of {options.rounds}: {statistics.median(ratios):.2f}")


def _round(config: Path, folder: Path, now: datetime, number: int) -> tuple[int, float, int]:
    """Bytes of a message, messages a second, and commits, of one issue to everybody."""
    for index in range(POSTS):
        text = "\n\n".join(f"{PARAGRAPH}{index}。{n}" for n in range(40))
        front = f"---\ntitle: 第{number}号の{index}本目の記事\ndate: {now:%Y-%m-%d %H:%M:%S +0000}\n---\n"
        (folder / "posts" / f"{number}-{index}.md").write_text(front + text, encoding="utf-8")
    with Service.open(config, now=now) as service:
        service.build()
        service.build()
        started = time.perf_counter()
        composed = service.compose()
        planned = time.perf_counter() - started
        started = time.perf_counter()
        delivered = service.deliver().digests
        seconds = time.perf_counter() - started
        size = _size(service, composed[0])
    print(f"  issue {composed[0]}: planned in {planned:.2f} s, {delivered.sent} sent in {seconds:.2f} s")
    return size, delivered.sent / seconds, delivered.commits


def _size(service: Service, issue: int) -> int:
    """About how many bytes a message of the issue has."""
    from feeds.store.issues import editions_with_due

    with service.database.read() as connection:
        edition, _ = editions_with_due(connection, [issue])[issue]
    return sum(map(len, edition.skeleton.parts)) + 200


def _subscribe(service: Service, readers: int, now: datetime) -> None:
    """Confirmed readers of cadence each, written in one go: adding them is not what is measured."""
    from sqlalchemy import insert

    from feeds.model.subscriber import Topic
    from feeds.store.schema import subscribers
    from feeds.store.subscribers import address_hash

    with service.database.write() as connection:
        rows = [
            {
                "email": f"reader{n}@example.com",
                "address_hash": address_hash(connection, EmailAddress(f"reader{n}", "example.com")),
                "name": "",
                "state": "confirmed",
                "topics": (Topic("*", 0),),
                "cadence": "each",
                "language": "ja",
                "hour": 7,
                "weekday": 0,
                "zone": "Asia/Tokyo",
                "watermark": 0,
                "active_since": now,
                "generation": 0,
                "created": now,
                "consent": "operator",
            }
            for n in range(readers)
        ]
        connection.execute(insert(subscribers), rows)


def _yardstick(source: str, port: int, size: int, options: argparse.Namespace) -> float:
    """Messages a second of Postfix's own client."""
    started = time.perf_counter()
    load = ["-s", str(options.sessions), "-m", str(options.readers), "-l", str(size)]
    envelope = ["-f", "news@example.org", "-t", "reader@example.com"]
    command = [source, "-d", *load, *envelope, f"127.0.0.1:{port}"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return options.readers / (time.perf_counter() - started)


@contextmanager
def _sink(program: str, sessions: int) -> Iterator[int]:
    """The port of a running smtp-sink."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", str(sessions * 2)])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _file_system(folder: Path) -> str:
    found = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def _fsync(folder: Path) -> float:
    """Seconds of an fsync after a write of a page, the median of fifty."""
    times = []
    with (folder / "probe").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
