"""Bytes become a file: durable, whole or not at all, and with a time that web servers tell apart."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import count
from pathlib import Path
from threading import get_native_id
from typing import NamedTuple

from feeds.disk import keep
from feeds.errors import PublishError

SECOND = 1_000_000_000

_STEPS = 60
"""Seconds. A file's time that is further ahead of the clock is no step of ours: a clock was wrong."""

_TEMPORARY = re.compile(r"\.kawaraban-(\d+)(?:-\d+)*\.tmp")
_numbers = count()
"""One for each temporary file of this process."""


class Time(NamedTuple):
    """The time that a file is to have."""

    after_ns: int | None = None
    """It is a second later than this at least."""
    exact_ns: int | None = None


def write_file(target: Path, body: bytes, time: Time) -> os.stat_result:
    """Writes beside the target and renames, so that readers see the old file or the new one."""
    temporary, status = write_beside(target, body, time, os.getpid())
    try:
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return status


def write_beside(target: Path, body: bytes, time: Time, process: int) -> tuple[Path, os.stat_result]:
    """The file, named so that it stays while the process runs, and what it is; to be renamed or removed."""
    temporary = target.with_name(f".kawaraban-{process}-{get_native_id()}-{next(_numbers)}.tmp")
    temporary.unlink(missing_ok=True)  # of a killed run that had our process id
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(descriptor, 0o644)  # web servers read it, whatever our umask
            if time.after_ns is not None:
                _step(descriptor, time.after_ns)
            if time.exact_ns is not None:
                os.utime(descriptor, ns=(time.exact_ns, time.exact_ns))
            os.fsync(descriptor)
            return temporary, os.fstat(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _step(descriptor: int, after_ns: int) -> None:
    """Gives the file a time in a later second, if it was not written in one.

    Documents that change more than once within a second run ahead of the clock by a second each time. The
    fraction stays, so that nodes that do so each in a folder of its own do not arrive at one time.
    """
    written = os.fstat(descriptor).st_mtime_ns
    now, last = written // SECOND, after_ns // SECOND
    if now <= last <= now + _STEPS:
        later = (last + 1) * SECOND + written % SECOND
        os.utime(descriptor, ns=(later, later))


def sync(public: Path, paths: Iterable[str]) -> None:
    """Makes the names of the files at these paths durable: once for each folder, at the end of a run.

    The records of a run may be kept only after this: else a power cut can leave an old file with a
    new record, and the file would pass for somebody else's. Also removes what killed runs left.
    """
    for folder in sorted({(public / path).parent for path in paths}):
        try:
            _sweep(folder)
            keep(folder)
        except OSError as error:
            raise PublishError(f"{folder}: cannot be made durable: {error.strerror}") from error


def _sweep(folder: Path) -> None:
    with os.scandir(folder) as files:
        left = [f.path for f in files if (m := _TEMPORARY.fullmatch(f.name)) and not _runs(int(m[1]))]
    for path in left:
        Path(path).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
