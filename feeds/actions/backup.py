"""Back up: the database and the signing key in one file, which knows that it is a copy."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from feeds.actions.secret import signing_key
from feeds.disk import keep
from feeds.errors import UsageError
from feeds.model.noun import dataclass
from feeds.store.copies import copy_marked
from feeds.store.database import Database
from feeds.store.instance import Copied


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    file: Path
    size: int
    """Bytes."""
    readers: int


def back_up(database: Database, state_folder: Path, file: Path, now: datetime, *, replace: bool) -> Backup:
    """Writes the backup in one piece, for its owner's eyes only; senders go on meanwhile.

    Raises UsageError where there is a file already, unless it is to be replaced.
    """
    if file.is_dir():
        raise UsageError(f"{file}: this is a folder; name a file in it")
    if file.exists() and not replace:
        raise _taken(file)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        copied = Copied(now, f"it is the backup of {now:%Y-%m-%d %H:%M} UTC")
        readers = copy_marked(database, new, copied, signing_key(state_folder).hex())
        keep(new)
        _name(new, file, replace=replace)
        keep(file.parent)
    finally:
        for name in (new.name, f"{new.name}-journal", f"{new.name}-wal", f"{new.name}-shm"):
            new.with_name(name).unlink(missing_ok=True)
    return Backup(file, file.stat().st_size, readers)


def _name(new: Path, file: Path, *, replace: bool) -> None:
    """Gives the file its name; of two that want the same, the first has it."""
    if replace:
        new.replace(file)
        return
    try:
        os.link(new, file)
    except FileExistsError:
        raise _taken(file) from None
    except OSError:  # a file system without links
        new.replace(file)


def _taken(file: Path) -> UsageError:
    return UsageError(f"{file}: there is a file already; name another one, or say --replace")
