"""Cold builds inside one process that has everything loaded, as in a running daemon: for tests.bench.build.

    python -m tests.bench.warm CONFIG

Reads a line for each build, forgets what the last one wrote, and answers with the seconds that the build
took. Helpers stand by, the build runs in a thread, templates are compiled once, and garbage is looked for as
seldom as in every command, as the daemon has it.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from feeds.config import load
from feeds.processes import helpers
from feeds.service import Service


def main(config: Path) -> int:
    paths = load(config, os.environ).paths
    cores = len(os.sched_getaffinity(0))
    gc.set_threshold(200_000)  # see feeds.cli.main
    with Service.open(config) as service:
        environment = service.environment
    with helpers(cores if cores > 1 else 0), ThreadPoolExecutor(1) as thread:
        for _ in sys.stdin:
            for folder in (paths.state, paths.feeds):
                shutil.rmtree(folder, ignore_errors=True)
            with Service.open(config) as service:
                service.__dict__["environment"] = environment
                report = thread.submit(service.build).result()
                assert report.scan.new
            print(report.seconds, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
