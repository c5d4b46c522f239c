"""Nodes: processes that share a PostgreSQL database, each with a lease that runs by the database's clock.

A process is a node under a number of its own, its epoch. It holds what it claimed and the work that it
does for all as long as its lease is renewed; a heartbeat does that. Whoever sleeps through the end of the
lease, or is cut off, finds that its next write does not stand.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import socket
import threading
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from feeds.model.clock import boot_time

log = logging.getLogger(__name__)

NOW = "(extract(epoch FROM statement_timestamp()) * 1000000)::bigint"
"""The database's clock as instants are stored."""

LEASE = 60.0
"""Seconds that a node may be silent."""

_BEAT = 15.0
"""Seconds between heartbeats."""

_AGAIN = 1.0
"""Seconds after which a heartbeat that failed is tried again."""

_UNTIL = f"{NOW} + {int(LEASE * 1e6)}"

_JOIN = f"INSERT INTO nodes (name, until) VALUES (%s, {_UNTIL}) RETURNING epoch"  # noqa: S608  # constants
_RENEW_NODE = f"UPDATE nodes SET until = {_UNTIL} WHERE epoch = %s"  # noqa: S608
_RENEW_LEASES = f"""
UPDATE leases SET until = {_UNTIL}
WHERE name IN (SELECT name FROM leases WHERE epoch = %s FOR UPDATE SKIP LOCKED)
"""  # noqa: S608  # a transaction that has locked its lease needs no renewal to end
_GIVE_UP = f"UPDATE leases SET until = {NOW} WHERE name = %s AND epoch = %s"  # noqa: S608
_LEAVE = (
    f"UPDATE leases SET until = {NOW} WHERE epoch = %s",  # noqa: S608
    f"UPDATE nodes SET until = {NOW} WHERE epoch = %s",  # noqa: S608
)
_FORGET = f"DELETE FROM nodes WHERE until < {NOW} - 86400000000"  # noqa: S608
_TAKE = f"""
INSERT INTO leases (name, epoch, until) VALUES (%s, %s, {_UNTIL})
ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, until = excluded.until
WHERE leases.until < {NOW} OR leases.epoch IN (SELECT epoch FROM nodes WHERE name = %s)
RETURNING epoch
"""  # noqa: S608
_HOLDER = "SELECT n.name FROM leases l JOIN nodes n ON n.epoch = l.epoch WHERE l.name = %s"
_HELD = f"SELECT 1 FROM leases WHERE name = %s AND epoch = %s AND until > {NOW} FOR SHARE"  # noqa: S608


class Node:
    """This process among those that share the database, from its start to its end."""

    def __init__(self, engine: Engine, folder: Path | None) -> None:
        """``folder``: the state folder, in which one process at a time sends."""
        self._engine = engine
        self.name = name_of(folder)
        self._stop = threading.Event()
        self._deadline = boot_time() + LEASE
        with engine.begin() as connection:
            connection.exec_driver_sql(_FORGET)
            self.epoch = int(connection.exec_driver_sql(_JOIN, (self.name,)).scalar_one())
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()
        log.info("event=node_joined epoch=%d", self.epoch)

    @property
    def deadline(self) -> float:
        """Until when the lease runs at least, by ``boot_time``."""
        return self._deadline

    def take(self, connection: Connection, work: str) -> str | None:
        """Takes the lease of this work, or renews it; returns who has it where that is another node."""
        taken = connection.exec_driver_sql(_TAKE, (work, self.epoch, self.name)).first()
        if taken is not None:
            return None
        holder = connection.exec_driver_sql(_HOLDER, (work,)).scalar()
        return str(holder or "another node").partition("#")[0]

    def holds(self, connection: Connection, work: str) -> bool:
        """Whether the lease of this work is ours, and stays so until the transaction ends."""
        return connection.exec_driver_sql(_HELD, (work, self.epoch)).first() is not None

    def give_up(self, connection: Connection, work: str) -> None:
        """Ends the lease of this work, if it is ours."""
        connection.exec_driver_sql(_GIVE_UP, (work, self.epoch))

    def leave(self) -> None:
        """Gives up all leases, so that others need not wait for their end."""
        self._stop.set()
        self._heart.join(timeout=5)
        try:
            with self._engine.begin() as connection:
                for statement in _LEAVE:
                    connection.exec_driver_sql(statement, (self.epoch,))
        except SQLAlchemyError:
            log.info("event=node_left_without_a_word epoch=%d", self.epoch)  # the lease ends by itself

    def _beat(self) -> None:
        wait = _BEAT
        while not self._stop.wait(wait):
            wait = _BEAT if self._renew() else _AGAIN

    def _renew(self) -> bool:
        asked = boot_time()
        try:
            for statement in (_RENEW_NODE, _RENEW_LEASES):
                with self._engine.begin() as connection:
                    connection.exec_driver_sql(statement, (self.epoch,))
        except SQLAlchemyError as error:
            log.warning("event=heartbeat_failed epoch=%d error=%s", self.epoch, type(error).__name__)
            return False
        self._deadline = asked + LEASE
        return True


def name_of(folder: Path | None) -> str:
    """Names the state folder on this machine, as it was started: a copy of either has another name.

    Whoever holds the folder's lock knows by it that earlier nodes of this name send nothing any more.
    """
    if folder is None:
        return f"{socket.gethostname()}#{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.stat()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        boot = secrets.token_hex(8)  # then nothing is known of earlier nodes
    identity = f"{os.path.realpath(folder)} {status.st_dev} {status.st_ino} {boot} {socket.gethostname()}"
    digest = hashlib.blake2b(identity.encode(), digest_size=8).hexdigest()
    return f"{socket.gethostname()}:{folder}#{digest}"
