"""Measure: size, type, duration and pixels of the site's own files, for the feeds that name them.

Reads files below the folders of the site and nowhere else, some hundred bytes of most, and each once
until it changes.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from feeds.model.feed import Media
from feeds.syndication import durations, signatures
from feeds.syndication.text import media_type

_KEPT = 10_000
"""Measurements that are kept before they are forgotten, all at once."""

_MOST = 64 * 1024
"""Bytes that are read of a file."""


class _Measured(NamedTuple):
    mtime_ns: int
    size: int
    media_type: str
    seconds: int
    width: int
    height: int


class Measurements:
    """What is known of the files of one site."""

    def __init__(self, url: str, folders: Sequence[Path]) -> None:
        """``folders`` hold what is at ``url`` and below; the first that has a file gives it."""
        self._origin = _origin(url)
        self._base = [part for part in urlsplit(url).path.split("/") if part]
        self._folders = [os.path.realpath(folder) for folder in folders]
        self._known: dict[str, _Measured] = {}

    def media_of(
        self, url: str, declared_type: str = "", declared_length: int = 0, seconds: int = 0
    ) -> Media:
        """The file at this address.

        The type is the declared one, else what the bytes say, else what the name says; the length is
        that of the file on disk, else the declared one; ``seconds`` go before what the file says.
        What cannot be known is empty or 0.
        """
        kind = media_type(declared_type)
        found = self._measured(url)
        if found is None:
            kind = kind or signatures.type_by_name(re.split("[?#]", url, maxsplit=1)[0])
            return Media(url, kind, max(declared_length, 0), seconds)
        kind = kind or found.media_type
        return Media(url, kind, found.size, seconds or found.seconds, found.width, found.height)

    def stamp(self, url: str) -> str:
        """What changes when the file at this address does; empty for a file that is not on this disk."""
        found = self._measured(url)
        return "" if found is None else f"{found.size}-{found.mtime_ns}"

    def _measured(self, url: str) -> _Measured | None:
        parts = self._parts(url)
        if parts is None:
            return None
        for folder in self._folders:
            path = os.path.join(folder, *parts)
            with suppress(OSError, ValueError):
                status = os.stat(path)
                known = self._known.get(path)
                if known is None or known[:2] != (status.st_mtime_ns, status.st_size):
                    known = _measure(path, folder)
                    if known is None:
                        continue
                    if len(self._known) >= _KEPT:
                        self._known.clear()
                    self._known[path] = known
                return known
        return None

    def _parts(self, url: str) -> list[str] | None:
        """The path of the file below the folders; None for an address that is not below the site's."""
        if _origin(url) != self._origin:
            return None
        parts = [unquote(part) for part in urlsplit(url).path.split("/")[1:]]
        length = len(self._base)
        if parts[:length] != [unquote(part) for part in self._base]:
            return None
        below = parts[length:]
        return below if below and all(map(_is_name, below)) else None


def _is_name(part: str) -> bool:
    """Hidden files are nobody's business, and a slash that was percent-encoded would be a way up."""
    return bool(part) and part[0] != "." and "/" not in part and "\0" not in part


def _measure(path: str, folder: str) -> _Measured | None:
    """What this file is; None where it is no plain file, or a link leads out of the folder."""
    real = os.path.realpath(path)
    if not real.startswith(folder.rstrip("/") + "/"):
        return None
    descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        read = _Reader(descriptor)
        kind = signatures.type_of(path, read(0, signatures.HEAD))
        length = durations.seconds(kind, read, status.st_size)
        width, height = signatures.pixels(kind, read)
        return _Measured(status.st_mtime_ns, status.st_size, kind, length, width, height)
    finally:
        os.close(descriptor)


class _Reader:
    """Reads here and there in a file, and no more than ``_MOST`` bytes in all."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._left = _MOST

    def __call__(self, offset: int, length: int) -> bytes:
        got = os.pread(self._descriptor, min(length, self._left), offset)
        self._left -= len(got)
        return got


def _origin(url: str) -> tuple[str, int | None] | None:
    """Host and port; http and https are one site."""
    try:
        parts = urlsplit(url)
        return (parts.hostname, parts.port) if parts.hostname and parts.scheme in ("http", "https") else None
    except ValueError:
        return None
