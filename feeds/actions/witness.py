"""The witness: a small file in the state folder that knows the database's last steps."""

from __future__ import annotations

import fcntl
import json
import os
from array import array
from contextlib import suppress
from pathlib import Path

from feeds.errors import StoreError
from feeds.model.noun import dataclass

_FS_IOC_GETVERSION = 0x80087601
"""Asks Linux's own file systems for a file's generation: its number may be given again, this is not."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What the state folder knows of its database."""

    id: str
    folder: str
    """The folder's own name among those that share the database."""
    number: int
    token: str
    marks: str = ""
    """Which file this was read from; not in it."""


def read_witness(file: Path) -> Witness | None:
    """What is in the file; nobody's where that is no witness, None where there is none."""
    try:
        said = json.loads(file.read_text("utf-8"))
        return Witness(said["id"], said["folder"], said["number"], said["token"], marks_of(file))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return Witness("nobody's", "", 0, "")


def write_beside(file: Path, witness: Witness) -> Path:
    """The new witness beside the old one, on the disk."""
    new = file.with_name(f"{file.name}.new")
    said = {"id": witness.id, "folder": witness.folder, "number": witness.number, "token": witness.token}
    try:
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            json.dump(said, stream)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise StoreError(f"{new}: the state folder cannot be written: {error.strerror}") from error
    return new


def marks_of(file: Path) -> str:
    """Which file this is: its number, its generation where the file system has one, and its time."""
    with file.open("rb") as stream:
        status, generation = os.fstat(stream.fileno()), array("l", [0])
        with suppress(OSError):
            fcntl.ioctl(stream, _FS_IOC_GETVERSION, generation)
    return f"{status.st_ino} {generation[0]} {status.st_mtime_ns}"
