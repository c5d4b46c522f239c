"""One file of the posts folder: read as the listing saw it, or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from feeds.errors import PostsError, SourceChanged
from feeds.model.post import Source
from feeds.posts.folder import is_inside, source_at

MAX_SIZE = 2 * 1024 * 1024
"""Bytes of the largest file that is read: some Markdown grows beyond all bounds."""

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW


class Unreadable(PostsError):
    """A file has a post's name, and cannot be read as one; says why."""


def find_source(folder: Path, path: str) -> Source:
    """The file as it is now. Raises SourceChanged if it is gone."""
    try:
        return source_at(path, os.stat(os.path.join(folder, path)))
    except OSError:
        raise SourceChanged(f"{path} is gone") from None


def read_source(folder: Path, source: Source) -> bytes:
    """The bytes of a file, which are those that the listing saw.

    Raises Unreadable for what is no plain file of a sane size inside the folder, and SourceChanged if it was
    written to since it was listed.
    """
    if source.size > MAX_SIZE:
        raise Unreadable(f"the file has {source.size:,} bytes; {MAX_SIZE:,} is the most that is read")
    name = os.path.join(folder, source.path)
    try:
        descriptor = _open(name, folder)
    except FileNotFoundError:
        raise SourceChanged(f"{source.path} vanished while it was read") from None
    except OSError as error:
        raise Unreadable(f"the file cannot be opened: {error.strerror}") from None
    try:
        return _read(descriptor, source)
    finally:
        os.close(descriptor)


def _open(name: str, folder: Path) -> int:
    """Opens a file without following a link out of the folder, and without waiting at a pipe."""
    try:
        return os.open(name, _FLAGS)
    except OSError:
        if not os.path.islink(name):
            raise
    if not is_inside(name, os.path.realpath(folder)):
        raise Unreadable("the file is a link that leaves the posts folder")
    if not os.path.exists(name):
        raise Unreadable("the file is a link that leads nowhere")
    return os.open(os.path.realpath(name), _FLAGS)


def _read(descriptor: int, source: Source) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Unreadable("it has a post's name but is not a plain file")
    chunks = [os.read(descriptor, source.size + 1)]
    while len(chunks[-1]) and sum(map(len, chunks)) < source.size:
        chunks.append(os.read(descriptor, source.size + 1))
    after = os.fstat(descriptor)
    if (after.st_size, after.st_mtime_ns, after.st_ino) != (source.size, source.mtime_ns, source.inode):
        raise SourceChanged(f"{source.path} changed while it was read")
    data = b"".join(chunks)
    if len(data) != source.size:
        raise SourceChanged(f"{source.path} changed while it was read")
    return data


def text_of(file: Path, size: int = MAX_SIZE) -> str:
    """The beginning of a plain file; nothing where it is none: a pipe would be waited for."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        data = os.read(descriptor, size) if plain else b""
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
