"""Recognise: whether this database is the one that belongs here, or a copy that must not mail by itself.

A copy knows as sent what was sent when it was made. If it went on from there, everybody whom the original
mailed since would be mailed again. So the database and a file in the state folder, its witness, know each
other: every run that sends begins and ends with a step that both write down, and takes one every few
seconds. Where the witness knows of a later step, the database is an earlier state of itself; where the
witness is missing, or is another file than the database says, the folder is a copy. A backup says that it
is one, and a database on PostgreSQL knows the oid of its table, which pg_restore makes anew.

What cannot be told is a disk that was set back as a whole, such as a snapshot of a virtual machine or a
file system: nothing in it is other than it was.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from feeds.actions.secret import keep_carried
from feeds.actions.witness import Witness, marks_of, read_witness, write_beside
from feeds.disk import keep
from feeds.errors import KawarabanError, RestoredCopy, StoreError
from feeds.model.noun import dataclass
from feeds.store import instance as store
from feeds.store import state
from feeds.store.database import Database
from feeds.store.instance import Copied, Standing, Step
from feeds.store.lock import LockFile

_OFTEN = 5.0
"""Seconds between two steps while a run sends."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation is."""

    state: Path
    database: Path | None
    """None where it is on a server."""
    name: str
    """The database, for who reads it."""

    @property
    def witness(self) -> Path:
        return self.state / "instance"

    @property
    def shared(self) -> bool:
        """Whether other state folders may have the same database."""
        return self.database is None


@dataclass(frozen=True, slots=True)
class Finding:
    """What comes out of it."""

    copy: str = ""
    """Why the database is a copy; empty where it is none."""
    stranger: bool = False
    """Whether the two have still to be made known to each other."""


def judge(said: Standing, witness: Witness | None, home: str, *, shared: bool) -> Finding:
    """Compares what the database says of itself with what is found: decides, and touches nothing."""
    if said.copied is not None:
        return Finding(copy=said.copied.why)
    if not said.id:
        if witness is not None and said.used:
            return Finding(copy="the state folder belongs to another one, or to a later state of this one")
        return Finding(stranger=True)
    if said.home != home:
        return Finding(copy="it was copied or restored: it is not where it was last used")
    if witness is None:
        if shared:
            return Finding(stranger=True)  # a node that is new
        return Finding(copy="it came without the rest of its state folder")
    if witness.id != said.id:
        if witness.id in said.former:
            return Finding(stranger=True)
        return Finding(copy="the state folder belongs to another one, or to a later state of this one")
    return _compare(said.steps, witness, shared=shared)


def _compare(steps: tuple[Step, ...], witness: Witness, *, shared: bool) -> Finding:
    known = next((step for step in steps if step.token == witness.token), None)
    if known is None:
        if steps and witness.number < steps[0].number:
            return Finding(stranger=True)  # the witness is the older one, so nothing was forgotten
        return Finding(copy="mail was sent that it knows nothing of: it is an earlier state of itself")
    if known.marks != witness.marks:
        if shared:
            return Finding(stranger=True)  # the folder was copied, and not the database
        return Finding(copy="its state folder was copied or restored")
    return Finding()


class Instance:
    """One installation, which looks at its database and its witness, and moves both on."""

    def __init__(self, database: Database, place: Place, now: Callable[[], datetime]) -> None:
        self._database, self._place, self._now = database, place, now
        self._lock = LockFile(place.state / "instance.lock")

    def close(self) -> None:
        """Gives up the lock's file."""
        self._lock.close()

    def why_not(self) -> str:
        """Why this database is a copy that must not mail; empty where it is the one that belongs here.

        A new database is made known to its folder, and a copy is told for good that it is one.
        """
        with self._lock.held():
            found, said, witness, home = self._look()
            if found.copy:
                self._told(said, found.copy)
            elif found.stranger:
                self._step(said, witness, home, found)
            return found.copy

    def refuse_a_copy(self) -> None:
        """Raises RestoredCopy where the database is one."""
        if why := self.why_not():
            raise _refusal(self._place, why)

    @contextmanager
    def sending(self, lost: Callable[[], None]) -> Iterator[None]:
        """A run that mails. Raises RestoredCopy where it must not; calls ``lost`` where that shows later."""
        ended = threading.Event()
        beats = threading.Thread(target=self._go_on, args=(ended, lost), name="instance", daemon=True)
        self._move_on()
        beats.start()
        try:
            yield
        finally:
            ended.set()
            beats.join()
        self._move_on()

    def accept(self, work: Callable[[Connection, Copied], None]) -> None:
        """Does the work, and makes the copy the one that belongs here, in one transaction.

        Raises StoreError where it is none.
        """
        with self._lock.held():
            self.why_not()
            found, said, _, home = self._look()
            if said.copied is None:
                raise StoreError(
                    f"{self._place.name}: this database is no copy, so there is nothing to accept"
                )

            def anew(connection: Connection) -> None:
                assert said.copied is not None
                work(connection, said.copied)
                store.begin_anew(connection, said.id)

            self._step(replace(said, id="", steps=()), None, home, found, anew)

    # One look, one step --------------------------------------------------------------------------

    def _look(self) -> tuple[Finding, Standing, Witness | None, str]:
        witness = read_witness(self._place.witness)
        with self._database.read() as connection:
            said = store.standing(connection, witness.folder if witness else "")
            home = self._home(connection)
        return judge(said, witness, home, shared=self._place.shared), said, witness, home

    def _home(self, connection: Connection) -> str:
        if self._place.database is None:
            return store.server_home(connection)
        # Not opened for its generation: to close it would give up SQLite's locks on it.
        return str(os.stat(self._place.database).st_ino)

    def _told(self, said: Standing, why: str) -> None:
        """Lets the copy know for good that it is one, and brings its key to its place."""
        keep_carried(self._database, self._place.state)
        if said.copied is not None:
            return
        with self._database.write() as connection:
            at = state.last_instant(connection) or self._now()
            store.mark_copied(connection, Copied(at, why))
        log.warning("event=copy_recognised reason=%s", why)

    def _go_on(self, ended: threading.Event, lost: Callable[[], None]) -> None:
        while not ended.wait(_OFTEN):
            try:
                self._move_on()
            except RestoredCopy as error:
                log.warning("event=sending_stopped reason=%s", error)
                lost()
                return
            except (KawarabanError, OSError) as error:
                log.info("event=step_failed error=%s", type(error).__name__)  # the ledger meets the same

    def _move_on(self) -> None:
        with self._lock.held():
            found, said, witness, home = self._look()
            if found.copy:
                self._told(said, found.copy)
                raise _refusal(self._place, found.copy)
            self._step(said, witness, home, found)

    def _step(
        self,
        said: Standing,
        witness: Witness | None,
        home: str,
        found: Finding,
        also: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """First the database says what the witness will know, then the witness does: a crash loses neither.

        A copy of the database that is made at any time before knows nothing of this step.
        """
        fresh = found.stranger or witness is None or not said.steps
        number = max(witness.number if witness else 0, *(step.number for step in said.steps), 0) + 1
        folder = secrets.token_hex(8) if fresh or witness is None else witness.folder
        next_ = Witness(said.id or secrets.token_hex(8), folder, number, secrets.token_hex(8))
        file = write_beside(self._place.witness, next_)
        known = () if fresh or witness is None else tuple(s for s in said.steps if s.token == witness.token)
        with self._database.write() as connection:
            also(connection)
            store.note_step(
                connection, next_.id, home, folder, (*known, Step(number, next_.token, marks_of(file)))
            )
        os.replace(file, self._place.witness)
        keep(self._place.state)


def _refusal(place: Place, why: str) -> RestoredCopy:
    return RestoredCopy(
        f"{place.name}: nothing is mailed, as this database is a copy: {why}. What the original has mailed "
        "since would go out once more; `kawaraban restored` shows what that is, and takes the copy into use"
    )
