"""A digest of ten posts to many readers, into Postfix's smtp-sink, beside Postfix's smtp-source.

    python -m tests.bench.delivery [--readers 20000] [--sessions 64] [--rounds 3]
    python -m tests.bench.delivery --durability              SQLite that syncs, beside one that does not
    python -m tests.bench.delivery --delay 10 --sessions 10  a relay 20 ms away, beside its round trips
    python -m tests.bench.delivery --postgres --sessions 192 the ledger in PostgreSQL, started for this

A message waits for a commit, so the disk's speed says how many sessions keep the server busy; smtp-source has
as many. The whole path from the ledger to the recorded outcome, SQLite with synchronous=FULL on this disk;
smtp-source sends as many messages of the same size over as many sessions, before and after each round.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from feeds.service import Service
from tests.bench.digest import POSTS, configure, message_size, subscribe, write_posts
from tests.bench.programs import as_the_command, measured_folder, running_sink, smtp_source


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    parser.add_argument("--delay", type=float, default=0, help="milliseconds each way")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--durability", action="store_true")
    options = parser.parse_args()
    as_the_command()
    with ExitStack() as stack:
        folder = stack.enter_context(measured_folder(options.folder, "smtp-sink", "smtp-source"))
        database = stack.enter_context(running_postgres(options.folder)) if options.postgres else ""
        port = stack.enter_context(running_sink(options.sessions, options.delay))
        Bench(folder, port, options, database).run()
    return 0


@dataclass
class Round:
    """What one issue took."""

    rate: float
    commits: float
    size: int


@dataclass
class Bench:
    folder: Path
    port: int
    options: argparse.Namespace
    database: str
    issues: int = 0

    def run(self) -> None:
        options = self.options
        self.config = configure(
            self.folder, "node", port=self.port, sessions=options.sessions, database=self.database
        )
        self.start = datetime.now(UTC) - timedelta(days=3 * options.rounds + 3)
        with Service.open(self.config, now=self.start) as service:
            service.build()
            subscribe(service, options.readers, self.start)
        print(f"{options.readers} readers, {POSTS} posts a digest, {options.sessions} sessions")
        self.issue(quiet=True)  # the first one finds cold caches
        ratios = [self.compare() for _ in range(options.rounds)]
        print(f"{self.yardstick}, median of {options.rounds}: {statistics.median(ratios):.2f}")

    @property
    def yardstick(self) -> str:
        if self.options.durability:
            return "synchronous=FULL to synchronous=OFF"
        return "ratio to one round trip a message" if self.options.delay else "ratio to smtp-source"

    def compare(self) -> float:
        """A round beside its yardstick."""
        if self.options.durability:
            with unsynced():
                before = self.issue()
            ours = self.issue()
            with unsynced():
                after = self.issue()
            measure = statistics.mean([before.rate, after.rate])
            said = f"synchronous=OFF {before.rate:7.0f} and {after.rate:7.0f}/s"
        elif self.options.delay:
            ours, measure = self.issue(), self.options.sessions / (2 * self.options.delay / 1000)
            said = f"one round trip a message {measure:7.0f}/s"
        else:
            before_rate = self.source()
            ours = self.issue()
            after_rate = self.source(ours.size)
            measure = statistics.mean([before_rate, after_rate])
            said = f"smtp-source {before_rate:7.0f} and {after_rate:7.0f}/s"
        print(
            f"  {ours.rate:7.0f} messages/s   {ours.commits:.3f} commits a message   {ours.size} bytes   "
            f"{said}   ratio {ours.rate / measure:.2f}",
            flush=True,
        )
        return ours.rate / measure

    def source(self, size: int = 31_805) -> float:
        options = self.options
        return smtp_source(self.port, count=options.readers, size=size, sessions=options.sessions)

    def issue(self, *, quiet: bool = False) -> Round:
        """Plans an issue to everybody, and sends it."""
        self.issues += 1
        now = self.start + timedelta(days=self.issues)
        write_posts(self.folder, self.issues, now)
        with Service.open(self.config, now=now) as service:
            service.build()
            service.build()
            started = time.perf_counter()
            composed = service.compose()
            planned = time.perf_counter() - started
            started, used = time.perf_counter(), time.process_time()
            delivered = service.deliver().digests
            seconds, cpu = time.perf_counter() - started, time.process_time() - used
            size = message_size(service, composed[0])
        assert delivered.sent == self.options.readers, delivered
        if not quiet:
            print(
                f"  issue {composed[0]}: planned in {planned:.2f} s, sent in {seconds:.2f} s, "
                f"{cpu / delivered.sent * 1e6:.0f} µs CPU a message"
            )
        return Round(delivered.sent / seconds, delivered.commits / delivered.sent, size)


@contextmanager
def unsynced() -> Iterator[None]:
    """SQLite that leaves it to the system when something reaches the disk."""

    def relax(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    event.listen(Pool, "checkout", relax)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", relax)


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """The URL of a database on a server of its own, that syncs on the disk of the folder."""
    from tests.postgres import Cluster, programs

    found = programs()
    if found is None:
        sys.exit("skipped: there is no PostgreSQL on this machine (apt-get install postgresql)")
    server = Cluster(found, durable=True, within=str(folder))
    try:
        server.start()
        yield server.new_database()
    finally:
        server.remove()


if __name__ == "__main__":
    sys.exit(main())
