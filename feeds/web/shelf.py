"""Prepared documents in memory, never older than a second.

A document is known by its file, and a file by its stamp: the publisher writes every change as a new
file with a later time, a whole second later at least, so that a stamp never comes back. A copy in
memory is used only while its file has its stamp, which is looked at again after a quarter of a second;
whether the process that published was this one does not matter. The tag is made of the very bytes that
it goes out with, so no body can get another's.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from feeds.model.feed import PublishedDocument
from feeds.syndication.ownership import entity_tag, tag_of_digest
from feeds.web.answers import Prepared, Serving, Stamp, prepare

LARGEST = 8 << 20
"""Bytes; larger documents are read from the disk for each reader, and are not compressed."""

BUDGET = 64 << 20
"""Bytes in memory, all documents together."""

_LOOK = 0.25
"""Seconds after which a file is looked at again."""

_LOOK_UP = 60.0
"""Seconds after which a path is looked up again: it may lead to another file, or to none."""

_PATHS = 10_000
"""How many spellings of paths are remembered."""


class Shelf:
    """The documents that were asked for lately. Only the thread of the loop touches it."""

    def __init__(self, *, budget: int = BUDGET, clock: Callable[[], float] = time.monotonic) -> None:
        self._budget, self._clock = budget, clock
        self._by_file: OrderedDict[str, Prepared] = OrderedDict()
        self._looked: dict[str, float] = {}
        """File → until when its stamp need not be looked at."""
        self._paths: dict[bytes, tuple[str, float]] = {}
        """Path as clients spell it → the file, and until when that holds."""
        self._size = 0

    def get(self, path: bytes) -> Prepared | None:
        """What is to be answered at this path, if that is in memory and still right."""
        found = self._paths.get(path)
        if found is None:
            return None
        file, until = found
        now = self._clock()
        prepared = self._by_file.get(file)
        if prepared is None or now >= until:
            return None
        if now >= self._looked[file]:
            if stamp_of(file) != prepared.stamp:
                self._drop(file)
                return None
            self._looked[file] = now + _LOOK
        self._by_file.move_to_end(file)
        return prepared

    def kept(self, file: str) -> Prepared | None:
        """What is in memory of this file, right or not."""
        return self._by_file.get(file)

    def put(self, path: bytes, prepared: Prepared) -> None:
        """Keeps it, and forgets what was not asked for the longest where there is no room."""
        now, file = self._clock(), prepared.file
        self._drop(file)
        self._by_file[file] = prepared
        self._looked[file] = now + _LOOK
        self._size += prepared.size
        if len(self._paths) >= _PATHS:
            self._paths.clear()
        # One whose time has not come is prepared anew until it has.
        self._paths[path] = file, now + (_LOOK_UP if prepared.dated else _LOOK)
        while self._size > self._budget and len(self._by_file) > 1:
            self._drop(next(iter(self._by_file)))

    def _drop(self, file: str) -> None:
        if (dropped := self._by_file.pop(file, None)) is not None:
            self._size -= dropped.size
            del self._looked[file]


def stamp_of(file: str) -> Stamp | None:
    """The stamp of what stands there now."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def load(document: PublishedDocument, serving: Serving, before: Prepared | None = None) -> Prepared | None:
    """Reads the file and prepares its answers; None where it is gone. For a thread: it may take long.

    ``before`` is used again where it was made of the same content.
    """
    now = time.time()
    try:
        with open(document.file, "rb") as file:
            status = os.fstat(file.fileno())
            stamp = Stamp(status.st_size, status.st_mtime_ns, status.st_ino)
            # A time to come would be a lie (RFC 9110 §8.8.2.1), and the present time in its place could
            # be one that an earlier content had: so there is none until that second has come.
            dated = stamp.mtime_ns // 1_000_000_000 <= now
            if before is not None and before.stamp == stamp and dated == before.dated:
                return replace(before, feed=document.feed)
            if stamp.size > LARGEST:
                body, tag = None, tag_of_digest(hashlib.file_digest(file, "sha256").hexdigest())
            else:
                body = file.read()
                tag = entity_tag(body)
                stamp = replace(stamp, size=len(body))
    except OSError:
        return None
    return prepare(document, stamp, body, tag=tag, serving=serving, dated=dated)
