"""The signing key: made at first use, readable by its owner only."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from feeds.disk import keep
from feeds.errors import StoreError
from feeds.store import instance, state
from feeds.store.database import Database


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


def agree(database: Database, state_folder: Path) -> None:
    """Holds that all nodes sign with one key; the first one's counts.

    With another key links would not open, and a mail in doubt would be sent again under another Message-ID.
    Raises StoreError on a node whose key is missing or another one.
    """
    with database.read() as connection:
        known = state.get(connection, _KEY)
    path = state_folder / "signing.key"
    if known is None:
        digest = _digest(signing_key(state_folder))
        with database.write() as connection:
            known = state.get(connection, _KEY)
            if known is None:
                state.put(connection, _KEY, digest)
                return
    if not path.exists() or _digest(signing_key(state_folder)) != known:
        raise StoreError(f"{path}: all nodes sign with one key; copy this file from the node that was first")


def keep_carried(database: Database, state_folder: Path) -> None:
    """Writes the key that a backup brought along to its place, unless there is one."""
    with database.read() as connection:
        carried = instance.carried_key(connection)
    if carried is not None and not (state_folder / "signing.key").exists():
        _make(state_folder / "signing.key", carried)


def is_another(database: Database, state_folder: Path) -> bool:
    """Whether the key here is not the one that a backup brought along."""
    with database.read() as connection:
        carried = instance.carried_key(connection)
    return carried is not None and bytes.fromhex(carried) != signing_key(state_folder)


_KEY = "signing_key"
"""The name of the fact that tells the nodes' key by its digest."""


def _digest(key: bytes) -> str:
    return blake2b(key, person=b"kawaraban node", digest_size=16).hexdigest()


def _make(path: Path, key: str = "") -> bytes:
    """Writes a key, a new one if none is given, in one piece; of two processes both get the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"signing.key.{os.getpid()}.new")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(key or secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    keep(path.parent)  # with another key a retry would have another Message-ID
    return bytes.fromhex(path.read_text("ascii"))
