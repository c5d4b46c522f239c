"""Which files are ours, and what becomes of one that is not.

A file counts as ours while it holds the bytes that its record in the store names; whatever else stands at a
document's path was put there by somebody.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path

from feeds.errors import ForeignFile, PublishError
from feeds.model.noun import dataclass

KEPT = ".before-kawaraban"
"""What is added to the name of a file whose place a document took."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file as a publication left it."""

    path: str
    """Relative to the public folder, with forward slashes."""
    size: int
    mtime_ns: int
    etag: str
    """``entity_tag`` of its bytes."""


def entity_tag(body: bytes) -> str:
    """The strong entity tag of these bytes, with its quotes (RFC 9110 §8.8.3)."""
    return tag_of_digest(hashlib.sha256(body).hexdigest())


def tag_of_digest(digest: str) -> str:
    """The strong entity tag of the bytes with this SHA-256, in hexadecimal."""
    return f'"{digest[:32]}"'


def untouched(public: Path, known: Written) -> bool:
    """True while the file is the one that the record describes, by size and time of change."""
    try:
        return is_as_recorded((public / known.path).lstat(), known)
    except OSError:
        return False


def is_as_recorded(status: os.stat_result, known: Written) -> bool:
    """The same, of a file that was just looked at."""
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (
        known.size,
        known.mtime_ns,
    )


def status_of(target: Path) -> os.stat_result | None:
    """Of what stands there, if anything does; of a link its own."""
    try:
        return target.lstat()
    except FileNotFoundError:
        return None


def tag_of(target: Path, status: os.stat_result, known: Written | None) -> str | None:
    """The entity tag of what stands there, read only if the record cannot tell; None for no plain file."""
    if not stat.S_ISREG(status.st_mode):
        return None
    if known is not None and is_as_recorded(status, known):
        return known.etag
    with target.open("rb") as file:
        return tag_of_digest(hashlib.file_digest(file, "sha256").hexdigest())


def make_way(target: Path, status: os.stat_result, *, replace: bool) -> None:
    """Keeps a copy of a file that is not ours, if its place may be taken; a link is copied as a link."""
    if stat.S_ISDIR(status.st_mode):
        raise PublishError(f"{target}: a folder stands where a feed should go; move it out of the way")
    if not replace:
        raise ForeignFile(
            f"{target}: this file was not written by kawaraban, or was changed since; move it out of the "
            f"way, or let `kawaraban build --replace` take its place and keep a copy as {target.name}{KEPT}"
        )
    kept = _free_name(target)
    try:
        os.link(target, kept, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(target, kept, follow_symlinks=False)


def _free_name(target: Path) -> Path:
    """The first name for a copy that is not taken: an earlier copy is somebody's file as well."""
    kept, number = target.with_name(target.name + KEPT), 1
    while os.path.lexists(kept):
        number += 1
        kept = target.with_name(f"{target.name}{KEPT}-{number}")
    return kept
