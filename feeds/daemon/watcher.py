"""Where something changed in the posts folder, as soon as the system says so.

Only a hint: nothing is lost where it fails (no watches left, a network drive, a folder that is mounted
anew), as the rescan sees everything.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from feeds.errors import KawarabanError

log = logging.getLogger(__name__)

QUIET = timedelta(seconds=0.5)
"""How long a file must lie unchanged before it counts as whole."""

Places = frozenset[str]
"""Paths of files and folders below the posts folder, with forward slashes; one that is empty: all of it."""

EVERYWHERE: Places = frozenset({""})

_MANY = 1000
"""Places from which on looking at the whole folder is less work."""


async def changes(folder: Path, stop: asyncio.Event, *, pause: float) -> AsyncIterator[Places]:
    """Yields where something changed, until the event is set.

    Where the folder cannot be watched, it is tried again after ``pause`` seconds.
    """
    from watchfiles import awatch

    said = ""
    while not stop.is_set():
        watched = _identity(folder)
        try:
            # Whatever is written in one go comes at once; the timeout is for a look at the folder itself.
            async for batch in awatch(
                folder,
                watch_filter=None,
                debounce=100,
                step=20,
                stop_event=stop,
                rust_timeout=1000,
                yield_on_timeout=True,
            ):
                said = ""
                if batch:
                    yield _places(folder, (path for _, path in batch))
                if _identity(folder) != watched:  # mounted or made anew: the watch is for the old one
                    yield EVERYWHERE
                    break
        except (OSError, RuntimeError) as error:
            if said != str(error):  # it is tried again and again
                log.warning("event=watch_failed error=%s retry_seconds=%s", error, pause)
            said = str(error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            yield EVERYWHERE


async def alterations(
    stamp: Callable[[], object], stop: asyncio.Event, *, pause: float, quiet: float
) -> AsyncIterator[None]:
    """Yields each time that the stamp has become another and stayed so for ``quiet`` seconds."""
    known = seen = await _look(stamp)
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause if seen == known else quiet)
        before, seen = seen, await _look(stamp)
        if seen != known and seen == before:
            known = seen
            yield


async def _look(stamp: Callable[[], object]) -> object:
    try:
        return await asyncio.to_thread(stamp)
    except (OSError, KawarabanError):  # a folder that is not there; whoever reads it says so
        return None


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _places(folder: Path, paths: Iterable[str]) -> Places:
    """The paths below the folder; editors' own files among them are told apart by the scan."""
    root = os.path.realpath(folder)
    found: set[str] = set()
    for path in paths:
        for base in (root, os.fspath(folder)):
            if path.startswith(base.rstrip("/") + "/"):
                found.add(path[len(base.rstrip("/")) + 1 :])
                break
        else:
            return EVERYWHERE
    return frozenset(found) if len(found) < _MANY else EVERYWHERE


class Waiting:
    """Places that wait until nothing has happened there for long enough."""

    def __init__(self, quiet: float) -> None:
        """``quiet``: seconds."""
        self._quiet = quiet
        self._due: dict[str, float] = {}
        self._changed = asyncio.Event()

    def add(self, places: Iterable[str], *, wait: float | None = None) -> None:
        """Waits for these, from now on; what waited before waits anew."""
        due = time.monotonic() + (self._quiet if wait is None else wait)
        self._due.update(dict.fromkeys(places, due))
        self._changed.set()

    async def ready(self) -> Places:
        """Those that have waited long enough, once there are some."""
        while True:
            now = time.monotonic()
            found = frozenset(place for place, due in self._due.items() if due <= now)
            if found:
                for place in found:
                    del self._due[place]
                return EVERYWHERE if EVERYWHERE & found or len(found) >= _MANY else found
            self._changed.clear()
            with suppress(TimeoutError):
                next_due = min(self._due.values(), default=None)
                await asyncio.wait_for(self._changed.wait(), None if next_due is None else next_due - now)
