"""The ground: the configuration, the clock, the database and the turns."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from feeds import config as configuration
from feeds.errors import Busy, PostsMissing, UsageError

if TYPE_CHECKING:
    from feeds.actions.announce import Announcer
    from feeds.actions.catalog import Catalog
    from feeds.actions.deliver import Clock
    from feeds.actions.instance import Instance
    from feeds.config import Config
    from feeds.service.ahead import Ahead
    from feeds.service.vitals import Vitals
    from feeds.store.database import Database
    from feeds.store.lock import LockFile

_PATIENCE = 10.0
"""Seconds that the end of a command waits for hubs to be told."""


class Base:
    """One installation, opened."""

    def __init__(self, config: Config, fixed_now: datetime | None) -> None:
        self.config = config
        self._fixed_now = fixed_now
        self._catalog: tuple[str | None, Catalog] | None = None
        self._watched = False
        self._ahead: Ahead | None = None
        self._missed = False
        """Whether the posts folder was not what it had been at the last look."""

    @classmethod
    def open(
        cls,
        config_path: Path,
        *,
        now: datetime | None = None,
        environ: Mapping[str, str] = os.environ,
        ahead: Ahead | None = None,
    ) -> Self:
        """Loads the configuration. Raises ConfigurationError, and UsageError for a ``now`` in our past.

        What was read ``ahead`` counts if it is what the configuration means.
        """
        service = cls(configuration.load(config_path, environ), now)
        if ahead is not None:
            service._take_up(ahead)
        try:
            service._look_back(now)
        except BaseException:
            service.close()
            raise
        return service

    def _look_back(self, now: datetime | None) -> None:
        last = self.last_instant()
        if now is not None and last is not None and now < last:
            raise UsageError(
                f"--now {now.isoformat()} lies before {last.isoformat()}, which was decided already"
            )

    def _take_up(self, ahead: Ahead) -> None:
        if ahead.outline == self.config.outline:
            self._ahead = ahead
        else:
            ahead.give_up()

    def close(self) -> None:
        """Gives up the database, if it was opened."""
        if "announcer" in self.__dict__:
            self.__dict__.pop("announcer").close(_PATIENCE)
        if "instance" in self.__dict__:
            self.__dict__.pop("instance").close()
        if "database" in self.__dict__:
            self.database.close()
            del self.__dict__["database"]
        for lock in self.__dict__.pop("_turns", {}).values():
            lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Watching -----------------------------------------------------------------------------------

    @cached_property
    def vitals(self) -> Vitals:
        """What this process did, once it is watched."""
        from feeds.service.vitals import Vitals

        return Vitals()

    def watch(self) -> None:
        """From now on counts and times what this process does."""
        from feeds.service.watched import watch_writes

        self._watched = True
        if "database" in self.__dict__:
            watch_writes(self.database, self.vitals)

    def timed(self, *name: str) -> AbstractContextManager[None]:
        """Notes how long the block takes, where somebody watches."""
        return self.vitals.timed(*name) if self._watched else nullcontext()

    # Time -------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The clock of this run: ``--now``, or the real one, which never runs behind what was stored."""
        if self._fixed_now is not None:
            return self._fixed_now
        last = self.last_instant()
        real = real_now()
        return real if last is None or real > last else last

    @property
    def today(self) -> date:
        """The day that it is for the site."""
        from zoneinfo import ZoneInfo

        return self.now.astimezone(ZoneInfo(self.config.site.timezone)).date()

    def last_instant(self) -> datetime | None:
        if self.existing_database is None:
            return None
        from feeds.store import state

        with self.existing_database.read() as connection:
            return state.last_instant(connection)

    @property
    def clock(self) -> Clock:
        from feeds.actions.deliver import Clock

        return Clock(self.now, self.database.real_now)

    # The store --------------------------------------------------------------------------------

    @cached_property
    def database(self) -> Database:
        from feeds.store.opening import open_database

        database = open_database(self.config.database.url, self.config.paths.state)
        try:
            self._look_at(database)
        except BaseException:
            database.close()
            raise
        if not self._watched:
            return database
        from feeds.service.watched import watch_writes

        return watch_writes(database, self.vitals)

    def _look_at(self, database: Database) -> None:
        """Raises what speaks against using it, before anything is written into a copy."""
        if not self.config.database.url.startswith("sqlite:"):
            from feeds.actions.secret import agree

            agree(database, self.config.paths.state)
        with closing(self._instance(database)) as instance:
            instance.why_not()

    @cached_property
    def instance(self) -> Instance:
        """Knows whether the database is the one that belongs here, or a copy."""
        return self._instance(self.database)

    def why_no_mail(self) -> str:
        """Why nothing is mailed, where the database is a copy that nobody took into use; else empty."""
        from feeds.store import instance

        if self.existing_database is None:
            return ""
        with self.database.read() as connection:
            found = instance.copied(connection)
        if found is None:
            return ""
        return f"this database is a copy: {found.why}; `kawaraban restored` takes it into use"

    def _instance(self, database: Database) -> Instance:
        from feeds.actions.instance import Instance, Place
        from feeds.store.opening import SQLITE

        url, folder = self.config.database.url, self.config.paths.state
        file = Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
        return Instance(database, Place(folder, file, database.place), real_now)

    @cached_property
    def announcer(self) -> Announcer:
        """Tells hubs what changed, in a thread of its own."""
        from feeds.actions.announce import Announcer

        return Announcer(self.config.feeds.hubs)

    @property
    def existing_database(self) -> Database | None:
        """The database, unless there is none yet: for verbs that write nothing."""
        if "database" not in self.__dict__:
            from feeds.store.opening import is_there

            if not is_there(self.config.database.url):
                return None
        return self.database

    @cached_property
    def _turns(self) -> dict[str, LockFile]:
        from feeds.store.lock import LockFile

        return {name: LockFile(self.config.paths.state / f"{name}.lock") for name in ("turn", "sending")}

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until no other process scans, publishes or composes here, and keeps the others waiting.

        Raises Standby where another node that shares the database does.
        """
        with self._turns["turn"].held():
            if self.config.database.url.startswith("sqlite:"):
                yield
            else:
                with self.database.role("turn"):
                    try:
                        yield
                    except PostsMissing:
                        self.database.give_up("turn")  # another node may have the posts
                        raise

    def sending_turn(self) -> AbstractContextManager[None]:
        """The same for delivering, which may take long; nodes that share a database do it side by side."""
        return self._turns["sending"].held()

    @contextmanager
    def alone(self, part: str) -> Iterator[None]:
        """The place of the daemon's part. Raises Busy where another daemon has it."""
        from feeds.store.lock import LockFile

        lock = LockFile(self.config.paths.state / f"{part}.lock")
        try:
            with lock.held(wait=False):
                yield
        except BlockingIOError:
            raise Busy(
                f"{self.config.paths.state}: a daemon is at work here already ({part}); stop it first"
            ) from None
        finally:
            lock.close()


def real_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)
