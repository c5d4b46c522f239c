"""Whole processes, measured by what the kernel accounts for them."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time, children included."""
    memory: int
    """Peak resident kilobytes of the largest process."""


def measure(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> Run:
    """Runs the command in the folder. Raises CalledProcessError unless it ends with exit 0."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ and dict(environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def in_turn(
    runs: int, first: Callable[[], Run], second: Callable[[], Run]
) -> tuple[list[Run], list[Run], float]:
    """Both in turn, after a warm-up of each; and the median of the ratios of wall time, pair by pair."""
    first(), second()
    pairs = [(first(), second()) for _ in range(runs)]
    ratio = statistics.median(a.wall / b.wall for a, b in pairs)
    return [a for a, _ in pairs], [b for _, b in pairs], ratio


def median(runs: Sequence[Run]) -> Run:
    """The medians of each figure."""
    return Run(
        statistics.median(run.wall for run in runs),
        statistics.median(run.cpu for run in runs),
        int(statistics.median(run.memory for run in runs)),
    )
