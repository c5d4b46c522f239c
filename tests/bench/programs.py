"""What the benchmarks of mail need from the machine: a receiver, a yardstick, a disk."""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from feeds.cli import GARBAGE
from tests.ports import free_port, wait_for

_SEARCH = os.environ.get("PATH", "") + ":/usr/sbin"


def program(name: str) -> str | None:
    """Where the program is; Debian has some outside PATH."""
    return shutil.which(name, path=_SEARCH)


@contextmanager
def measured_folder(disk_folder: Path, *programs: str) -> Iterator[Path]:
    """A new folder on the disk that is measured; ends the command where that, or a program, is missing."""
    missing = [name for name in programs if program(name) is None]
    if missing:
        print(f"skipped: there is no {missing[0]} on this machine (apt-get install postfix)")
        raise SystemExit(0)
    if file_system(disk_folder) == "tmpfs":
        print(f"{disk_folder} is in memory: name a folder on a disk with --folder")
        raise SystemExit(2)
    with tempfile.TemporaryDirectory(prefix=".kawaraban-bench-", dir=disk_folder) as name:
        print(f"{file_system(Path(name))}, fsync {fsync(Path(name)) * 1e3:.2f} ms (median)")
        yield Path(name)


def as_the_command() -> None:
    """Makes this process one that looks for garbage as often as ``kawaraban`` does."""
    gc.set_threshold(GARBAGE)


@contextmanager
def running_sink(sessions: int, delay: float = 0) -> Iterator[int]:
    """The port of a smtp-sink; with a ``delay`` in milliseconds each way, of a proxy in front of it."""
    port = free_port()
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    started = [subprocess.Popen([str(program("smtp-sink")), *user, f"127.0.0.1:{port}", str(sessions * 4)])]
    try:
        wait_for(port)
        if delay:
            near, port = port, free_port()
            words = ["-m", "tests.bench.distant", str(port), str(near), str(delay)]
            started.append(subprocess.Popen([sys.executable, *words]))
            wait_for(port)
        yield port
    finally:
        for process in started:
            process.terminate()
            process.wait()


def smtp_source(port: int, *, count: int, size: int, sessions: int) -> float:
    """Messages a second of Postfix's own client."""
    load = ["-s", str(sessions), "-m", str(count), "-l", str(size)]
    envelope = ["-f", "news@example.org", "-t", "reader@example.com"]
    command = [str(program("smtp-source")), "-d", *load, *envelope, f"127.0.0.1:{port}"]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return count / (time.perf_counter() - started)


def file_system(folder: Path) -> str:
    """The name of the file system that the folder is on."""
    found = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True)
    return found.stdout.strip()


def fsync(folder: Path) -> float:
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
