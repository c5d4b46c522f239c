"""An issue to a million readers: how long planning takes, and how much memory planning and sending do.

    python -m tests.bench.million [--readers 1000000] [--send 1000000]

The ledger is SQLite with synchronous=FULL on this disk; ``--send`` ends after about so many messages, into
Postfix's smtp-sink. Memory is the largest resident set of the process that plans,
and of the one that sends.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.service import Service
from tests.bench.digest import configure, subscribe, write_posts
from tests.bench.programs import as_the_command, measured_folder, running_sink


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=1_000_000)
    parser.add_argument("--send", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=64)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    parser.add_argument("--part", nargs=3, metavar=("PART", "CONFIG", "NOW"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        as_the_command()
        part, config, now = options.part
        print(json.dumps(_PARTS[part](Path(config), datetime.fromisoformat(now), options)))
        return 0
    with (
        measured_folder(options.folder, "smtp-sink") as folder,
        running_sink(options.sessions) as port,
    ):
        config = configure(folder, "node", port=port, sessions=options.sessions)
        start = datetime.now(UTC) - timedelta(days=2)
        _run("subscribe", config, start, options)
        write_posts(folder, 1, start + timedelta(days=1))
        planned = _run("plan", config, start + timedelta(days=1), options)
        print(
            f"{planned['audience']} readers planned in {planned['seconds']:.1f} s, "
            f"{planned['memory']:.0f} MB",
            flush=True,
        )
        sent = _run("send", config, start + timedelta(days=1), options)
        print(
            f"{sent['sent']} sent in {sent['seconds']:.1f} s: {sent['sent'] / sent['seconds']:.0f}/s, "
            f"{sent['commits'] / sent['sent']:.3f} commits a message, {sent['memory']:.0f} MB"
        )
    return 0


def _run(part: str, config: Path, now: datetime, options: argparse.Namespace) -> dict[str, float]:
    """What a part tells, run in a process of its own."""
    words = ["--readers", str(options.readers), "--send", str(options.send)]
    command = [sys.executable, "-m", "tests.bench.million", *words, "--part", part, config, now.isoformat()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def _subscribe(config: Path, now: datetime, options: argparse.Namespace) -> dict[str, float]:
    with Service.open(config, now=now) as service:
        service.build()
        subscribe(service, options.readers, now)
    return {}


def _plan(config: Path, now: datetime, options: argparse.Namespace) -> dict[str, float]:
    with Service.open(config, now=now) as service:
        service.build()
        service.build()
        started = time.perf_counter()
        [issue] = service.compose()
        seconds = time.perf_counter() - started
        [told] = [one for one in service.issues() if one.key == issue]
    return {"audience": told.audience, "seconds": seconds, "memory": _memory()}


def _send(config: Path, now: datetime, options: argparse.Namespace) -> dict[str, float]:
    stops: list[Callable[[], None]] = []
    with Service.open(config, now=now) as service:
        started = time.perf_counter()
        watching = threading.Thread(target=_stop_after, args=(service, options.send, stops), daemon=True)
        if options.send < options.readers:
            watching.start()
        digests = service.deliver(on_start=stops.append).digests
        seconds = time.perf_counter() - started
    return {"sent": digests.sent, "commits": digests.commits, "seconds": seconds, "memory": _memory()}


def _stop_after(service: Service, send: int, stops: list[Callable[[], None]]) -> None:
    """Ends the run once about so many are sent."""
    from feeds.store.progress import IssueTally

    tally = IssueTally(1)
    while True:
        time.sleep(1)
        with service.database.read() as connection:
            sent = tally.look(connection).sent
        if sent >= send:
            stops[0]()
            return


def _memory() -> float:
    """The largest resident set so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


_PARTS = {"subscribe": _subscribe, "plan": _plan, "send": _send}

if __name__ == "__main__":
    sys.exit(main())
