"""A Maildir that a mail server delivers into: what is in ``new`` was not taken in, what is in ``cur`` was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from feeds.bounces.mime import LARGEST
from feeds.errors import ConfigurationError


def waiting(folder: Path) -> list[str]:
    """Names of the mails in ``new``, by name, which begins with the time; none where nothing came yet.

    Raises ConfigurationError where they cannot be read, or not moved to ``cur`` later.
    """
    try:
        names = sorted(name for name in os.listdir(folder / "new") if not name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unusable(folder / "new", error.strerror or "") from error
    if names and not os.access(folder / "new", os.W_OK | os.X_OK):
        raise _unusable(folder / "new", "mails cannot be moved out of it")
    if names and not os.access(folder / "cur", os.W_OK | os.X_OK):
        raise _unusable(folder / "cur", "mails cannot be moved into it")
    return names


def content(folder: Path, name: str) -> bytes | None:
    """The beginning of a mail, as far as it is looked at; None where somebody else took it in.

    Nothing is followed that is no plain file. Raises ConfigurationError where it cannot be read.
    """
    file = folder / "new" / name
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if file.is_symlink():
            return b""
        raise _unusable(file, error.strerror or "") from error
    with os.fdopen(opened, "rb") as stream:
        return stream.read(LARGEST + 1) if stat.S_ISREG(os.fstat(opened).st_mode) else b""


def put_away(folder: Path, name: str) -> None:
    """Moves a mail that was taken in to ``cur``, as seen."""
    target = folder / "cur" / (name if ":" in name else f"{name}:2,S")
    try:
        (folder / "new" / name).rename(target)
    except FileNotFoundError:
        pass  # somebody else did
    except OSError as error:
        raise _unusable(folder / "cur", error.strerror or "") from error


def _unusable(path: Path, reason: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: {reason}; the mail server has to deliver as the user who runs Kawaraban ([bounces] maildir)"
    )
