"""SQLite: connections to a file, and the one write lock that every process of this installation takes.

SQLite before 3.51.3 (but for 3.44.6 and 3.50.7) can corrupt a WAL that two connections write or
reset at once. So every write transaction, with the checkpoint that its commit may run, and the
checkpoint of the last close hold a lock file; readers open the file read-only and never checkpoint.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.pool import QueuePool

from feeds.errors import StoreError
from feeds.store import schema
from feeds.store.database import Database, told
from feeds.store.lock import LockFile

if TYPE_CHECKING:
    from sqlalchemy.pool import PoolProxiedConnection

    from feeds.store.dispatch import Dispatch

SCHEMA = Path(__file__).parent / "schema" / "sqlite.sql"
"""``schema`` as SQL: to have SQLAlchemy say it takes longer than to carry it out, at every first build."""


class SqliteDatabase(Database):
    """One SQLite file, opened for many threads."""

    transactions = ("write", "quick")

    def __init__(self, file: Path) -> None:
        self.place = str(file)
        self._lock = LockFile(file.with_name(file.name + ".lock"))
        self._writer = _sqlite_engine(file, read_only=False)
        self._reader = _sqlite_engine(file, read_only=True)
        self._kept: PoolProxiedConnection | None = None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._lock.held(), told(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def quick(self) -> Iterator[sqlite3.Cursor]:
        """A transaction as ``write``, on a connection that is kept: for what comes with every message."""
        with self._lock.held(), _told():
            if self._kept is None:
                self._kept = self._writer.raw_connection()
            driver = self._kept.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            cursor = driver.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                driver.rollback()  # nothing, where SQLite has done so itself
                raise

    def dispatch(self) -> Dispatch:
        from feeds.store.sqlite_ledger import SqliteDispatch

        return SqliteDispatch(self)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with told(), self._reader.begin() as connection:
            yield connection

    def copy(self, file: Path) -> None:
        target = sqlite3.connect(file)
        source = self._reader.raw_connection()
        try:
            assert isinstance(source.driver_connection, sqlite3.Connection)
            source.driver_connection.backup(target)
        finally:
            source.close()
            target.close()

    def close(self) -> None:
        self._reader.dispose()
        with self._lock.held():
            if self._kept is not None:
                self._kept.close()
                self._kept = None
            self._writer.dispose()
        self._lock.close()


@contextmanager
def _told() -> Iterator[None]:
    """What the driver says is wrong as a StoreError, in the words of ``told``."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"the database cannot be used: {error}") from error
    except sqlite3.Error as error:
        raise StoreError(f"the database refused a statement: {error}") from error


def open_sqlite(file: Path) -> SqliteDatabase:
    """Opens the file, makes it if there is none, and brings an older schema up to date.

    Raises StoreError if the file is no database of ours, or of a newer version than this one.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = SqliteDatabase(file)
    except OSError as error:
        raise StoreError(f"{file.parent}: the state folder cannot be used: {error.strerror}") from error
    try:
        _bring_up_to_date(database, file)
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: SqliteDatabase, file: Path) -> None:
    with database.write() as connection:
        if not connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
            for statement in SCHEMA.read_text("utf-8").rstrip(";\n").split(";\n"):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql(
                "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"
            )
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (schema.HEAD,))
            return
        if not inspect(connection).has_table("alembic_version"):
            raise StoreError(
                f"{file}: this database is not Kawaraban's; move it away or name another [state] folder"
            )
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found == schema.HEAD:
            return
        from feeds.store.migrations import upgrade

        upgrade(connection, found, file)


class _Compiler(SQLiteCompiler):
    """Writes a hint behind its table, as ``INDEXED BY`` wants it."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def _sqlite_engine(file: Path, *, read_only: bool) -> Engine:
    mode = "ro" if read_only else "rwc"
    engine = create_engine(
        f"sqlite:///file:{quote(str(file))}?mode={mode}&uri=true",
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=12,
        connect_args={"check_same_thread": False, "timeout": 5.0, "isolation_level": None},
    )

    engine.dialect.statement_compiler = _Compiler

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # NORMAL loses acknowledged commits at a power cut
            connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA cache_size=-16000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine
