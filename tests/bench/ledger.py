"""The ledger without a wire: what a delivery costs from its claim to its recorded outcome.

    python -m tests.bench.ledger [--readers 20000] [--batch 16] [--rounds 3] [--postgres]

Each commit has the outcomes of one batch and the intents of the next, as while sending, synced to this
disk. CPU is of this process, and of the PostgreSQL server started for this.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.model.issue import DeliveryState, Ref
from feeds.service import Service
from feeds.store.dispatch import Dispatch
from feeds.store.ledger import Settlement
from tests.bench.delivery import running_postgres
from tests.bench.digest import configure, subscribe, write_posts
from tests.bench.programs import measured_folder

_BATCH = 500
"""Deliveries a claim, as the engine asks for."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=16, help="messages a commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(measured_folder(options.folder))
        database = stack.enter_context(running_postgres(options.folder)) if options.postgres else ""
        config = configure(folder, "node", port=25, sessions=1, database=database)
        start = datetime.now(UTC) - timedelta(days=options.rounds + 2)
        with Service.open(config, now=start) as service:
            service.build()
            subscribe(service, options.readers, start)
        print(f"{options.readers} readers, {options.batch} messages a commit")
        for number in range(options.rounds + 1):
            now = start + timedelta(days=number + 1)
            write_posts(folder, number, now)
            with Service.open(config, now=now) as service:
                service.build()
                service.build()
                service.compose()
                told = measured(service.database.dispatch(), options.batch, now)
            if number:  # the first one finds cold caches
                print(told, flush=True)
    return 0


def measured(dispatch: Dispatch, batch: int, now: datetime) -> str:
    """Settles all that is due as sent, and says what that took."""
    theirs, mine, started = server_time(), time.process_time(), time.perf_counter()
    count, commits = dispatched(dispatch, batch, now)
    wall, mine, theirs = time.perf_counter() - started, time.process_time() - mine, server_time() - theirs
    return (
        f"  {wall / count * 1e6:6.1f} µs a message, CPU {mine / count * 1e6:5.1f} here and "
        f"{theirs / count * 1e6:5.1f} on the server; {wall / commits * 1e3:5.2f} ms a commit"
    )


def dispatched(dispatch: Dispatch, batch: int, now: datetime) -> tuple[int, int]:
    """Claims, intends and settles all; returns how many deliveries, and how many commits."""
    after: Ref = (0, 0)
    held: list[Ref] = []
    count = commits = 0
    real_now = datetime.now(UTC)
    while True:
        with dispatch.claiming(reserves=False) as connection:
            due = dispatch.due(connection, after, _BATCH, real_now)
        if not due:
            break
        after = due[-1].ref
        for first in range(0, len(due), batch):
            refs = [one.ref for one in due[first : first + batch]]
            stands = dispatch.commit(_sent(held), refs, now)
            assert len(stands) == len(refs), "nobody left meanwhile"
            held = refs
            count, commits = count + len(refs), commits + 1
    dispatch.commit(_sent(held), [], now)
    dispatch.close()
    return count, commits + 1


def _sent(refs: Sequence[Ref]) -> list[Settlement]:
    return [Settlement(ref, DeliveryState.SENT, "250 2.0.0 Ok: queued as 4bQ7Xz1zKjz1") for ref in refs]


def server_time() -> float:
    """Seconds of CPU that the PostgreSQL server of this folder has used."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text, place = (process / "stat").read_text(), (process / "cwd").readlink()
        except OSError:  # it ended, or is another's
            continue
        if "(postgres)" in text and place.parent.name.startswith("kawaraban-pg-"):
            ticks += sum(map(int, text.rsplit(")", 1)[1].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
