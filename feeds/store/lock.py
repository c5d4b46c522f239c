"""A lock file: one holder at a time, among threads and among processes."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockFile:
    """Held by one thread of one process, which may take it again while it has it.

    The kernel lets go of it when the process dies, so no lock is ever left behind.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread_lock = threading.RLock()
        self._depth = 0
        self._file = -1

    @contextmanager
    def held(self, *, wait: bool = True) -> Iterator[None]:
        """Waits for its turn, however long that takes; without ``wait`` raises BlockingIOError instead."""
        with self._thread_lock:
            if self._depth == 0:
                self._take(wait=wait)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    fcntl.flock(self._file, fcntl.LOCK_UN)

    def _take(self, *, wait: bool) -> None:
        if self._file < 0:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
