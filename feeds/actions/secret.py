"""The signing key: made at first use, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from feeds.errors import StoreError


def signing_key(state_folder: Path) -> bytes:
    """The key of this installation, 32 bytes. Raises StoreError where others may read its file."""
    path = state_folder / "signing.key"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return _make(path)
    if mode & 0o077:
        raise StoreError(f"{path}: other users may read the signing key; chmod 600 it")
    return bytes.fromhex(path.read_text("ascii"))


def _make(path: Path) -> bytes:
    """Writes a new key in one piece; of two processes that try at once, both get the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"signing.key.{os.getpid()}.new")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    _keep_name(path.parent)
    return bytes.fromhex(path.read_text("ascii"))


def _keep_name(folder: Path) -> None:
    """Makes the name of the file as durable as its bytes: with another key a retry had another Message-ID."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
