"""One node, and two, of one PostgreSQL database, with a relay that is 20 ms away.

    python -m tests.bench.nodes [--readers 6000] [--sessions 10] [--delay 10] [--rounds 3]

Each node is a process with so many connections; counted is what all sent from the first start to the
last end. A round sends an issue by one node, one by two, and one by one again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.service import Service
from tests.bench.delivery import running_postgres
from tests.bench.digest import configure, subscribe, write_posts
from tests.bench.programs import as_the_command, measured_folder, running_sink

_NODE = "-m", "tests.bench.nodes", "--node"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readers", type=int, default=6000)
    parser.add_argument("--sessions", type=int, default=10, help="of each node")
    parser.add_argument("--delay", type=float, default=10, help="milliseconds each way")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="on the disk that is measured")
    parser.add_argument("--node", nargs=2, metavar=("CONFIG", "NOW"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.node:
        return _node(Path(options.node[0]), datetime.fromisoformat(options.node[1]))
    with ExitStack() as stack:
        folder = stack.enter_context(measured_folder(options.folder, "smtp-sink"))
        database = stack.enter_context(running_postgres(options.folder))
        port = stack.enter_context(running_sink(2 * options.sessions, options.delay))
        configs = [
            configure(folder, node, port=port, sessions=options.sessions, database=database)
            for node in ("one", "two")
        ]
        _bench(folder, configs, options)
    return 0


def _bench(folder: Path, configs: list[Path], options: argparse.Namespace) -> None:
    start = datetime.now(UTC) - timedelta(days=3 * options.rounds + 3)
    with Service.open(configs[0], now=start) as service:
        service.build()
        subscribe(service, options.readers, start)
    key = Path(configs[0].parent, ".kawaraban", "signing.key")
    second = Path(configs[1].parent, ".kawaraban")
    second.mkdir(mode=0o700, exist_ok=True)
    if key.exists():
        shutil.copy(key, second)
    ratios = []
    for number in range(options.rounds):
        rates = []
        for turn, nodes in enumerate((1, 2, 1)):
            now = start + timedelta(days=3 * number + turn + 1)
            write_posts(folder, 3 * number + turn, now)
            with Service.open(configs[0], now=now) as service:
                service.build()
                service.build()
                service.compose()
            rates.append(_send(configs[:nodes], now, options.readers))
        ratios.append(rates[1] / statistics.mean([rates[0], rates[2]]))
        print(
            f"  one node {rates[0]:5.0f} and {rates[2]:5.0f} messages/s, two nodes {rates[1]:5.0f}   "
            f"ratio {ratios[-1]:.2f}",
            flush=True,
        )
    print(f"two nodes to one, median of {options.rounds}: {statistics.median(ratios):.2f}")


def _send(configs: list[Path], now: datetime, readers: int) -> float:
    """Messages a second of these nodes together."""
    nodes = [
        subprocess.Popen([sys.executable, *_NODE, str(config), now.isoformat()], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for config in configs
    ]  # fmt: skip
    for node in nodes:
        assert node.stdout is not None
        assert node.stdout.readline() == "ready\n"
    for node in nodes:
        assert node.stdin is not None
        node.stdin.write("go\n")
        node.stdin.flush()
    told = [json.loads(node.communicate()[0]) for node in nodes]
    assert sum(one["sent"] for one in told) == readers, told
    return readers / (max(one["ended"] for one in told) - min(one["began"] for one in told))


def _node(config: Path, now: datetime) -> int:
    """Opens everything, waits for the word, sends, and says when and how much."""
    as_the_command()
    with Service.open(config, now=now) as service:
        print("ready", flush=True)
        sys.stdin.readline()
        began = time.time()
        sent = service.deliver().digests.sent
        print(json.dumps({"began": began, "ended": time.time(), "sent": sent}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
