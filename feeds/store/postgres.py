"""PostgreSQL: one database for any number of nodes.

Writing transactions that are rare (a sign-up, a scan, an issue) take one advisory lock, so that each
finds what the one before it left, as on SQLite. The ledger's, which come with every message, lock
their rows and no more.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from feeds.errors import Standby, StoreError
from feeds.model.clock import boot_time
from feeds.store import schema
from feeds.store.bulk import insert_rows
from feeds.store.database import Database, told
from feeds.store.nodes import Node
from feeds.store.schema.issues import deliveries, open_condition
from feeds.store.schema.nodes import leases, nodes
from feeds.store.schema.readers import subscribers

if TYPE_CHECKING:
    import psycopg

    from feeds.store.dispatch import Dispatch

_WRITE = "SELECT pg_advisory_xact_lock(7521, hashtext(current_schema()))"
"""Two installations may share a database in schemas of their own; 7521 is nothing but ours."""

_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""How a server that has gone without a word is noticed (libpq's words; seconds, and the last in ms)."""

_TRUST = 60.0
"""Seconds for which the difference between two clocks is taken to stay."""

_NOT_COPIED = {nodes.name, leases.name}


class PostgresDatabase(Database):
    """One schema of a PostgreSQL database, opened for many threads."""

    transactions = ("write", "ledger", "pipelined")

    def __init__(self, url: str, folder: Path | None = None) -> None:
        self.place = _place(url)
        self._folder = folder
        self._node: Node | None = None
        self._joining = threading.RLock()
        self._thread = threading.local()
        self._asked, self._ahead = float("-inf"), timedelta(0)
        self._engine = _engine(
            url, pool_pre_ping=True
        )  # a restart of the server is no failure of the next verb
        self._ledger = _engine(url)  # of the hot path, where a ping a commit would be felt
        self._reader = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with told(), self._engine.begin() as connection:
            connection.exec_driver_sql(_WRITE)
            work = getattr(self._thread, "work", None)
            if work is not None and not self.node.holds(connection, work):
                raise Standby(f"{self.place}: another node took over while this one was away")
            yield connection

    @contextmanager
    def ledger(self) -> Iterator[Connection]:
        """A transaction of one who delivers: several run at once, and lock their rows and no more."""
        with told(), self._ledger.begin() as connection:
            yield connection

    @contextmanager
    def pipelined(self) -> Iterator[psycopg.Connection[Any]]:
        """A transaction as ``ledger``, whose statements leave together: results come with the commit."""
        from psycopg import Error

        try:
            pooled = self._ledger.raw_connection()
        except (Error, SQLAlchemyError) as error:  # the driver's own where a new connection is refused
            raise StoreError(f"the database cannot be used: {error}") from error
        driver = pooled.driver_connection
        assert driver is not None
        try:
            with driver.pipeline():
                yield driver
                driver.commit()
        except Error as error:
            pooled.invalidate(error)  # whatever it is, the next one begins anew
            raise StoreError(f"the database cannot be used: {error}") from error
        finally:
            pooled.close()

    def dispatch(self) -> Dispatch:
        from feeds.store.postgres_ledger import PostgresDispatch

        return PostgresDispatch(self)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with told(), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def role(self, work: str) -> Iterator[None]:
        if getattr(self._thread, "work", None) == work:
            yield
            return
        with told(), self._engine.begin() as connection:
            holder = self.node.take(connection, work)
        if holder is not None:
            raise Standby(
                f"{self.place}: {holder} scans, publishes and composes for all nodes; this one stands by"
            )
        self._thread.work = work
        try:
            yield
        finally:
            self._thread.work = None

    def give_up(self, work: str) -> None:
        with told(), self._engine.begin() as connection:
            self.node.give_up(connection, work)

    @property
    def node(self) -> Node:
        """This process among those that share the database; it joins them at the first call."""
        with self._joining, told():
            if self._node is None:
                self._node = Node(self._ledger, self._folder)
            return self._node

    def real_now(self) -> datetime:
        """The server's clock, asked once a minute: the nodes' own may differ."""
        now = boot_time()
        if now - self._asked > _TRUST:
            with self.read() as connection:
                server = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            self._asked, self._ahead = now, server - datetime.fromtimestamp(now, UTC)
        return datetime.fromtimestamp(now, UTC) + self._ahead

    def copy(self, file: Path) -> None:
        from feeds.store.sqlite import open_sqlite

        target = open_sqlite(file)
        try:
            with self.read() as source, target.write() as connection:
                for table in schema.metadata.sorted_tables:
                    if table.name not in _NOT_COPIED:
                        names = [column.name for column in table.columns]
                        rows = source.execution_options(yield_per=2000).execute(select(table))
                        insert_rows(connection, table, names, rows)
        finally:
            target.close()

    def close(self) -> None:
        with self._joining:
            if self._node is not None:
                self._node.leave()
                self._node = None
        self._engine.dispose()
        self._ledger.dispose()


_OPEN_COLUMN = (
    "ALTER TABLE deliveries ADD COLUMN open BOOLEAN NOT NULL GENERATED ALWAYS AS "
    f"({open_condition()}) STORED",
    "DROP INDEX uq_deliveries_open",
    "DROP INDEX ix_deliveries_open",
    "CREATE UNIQUE INDEX uq_deliveries_open ON deliveries (subscriber) WHERE open",
    "CREATE INDEX ix_deliveries_open ON deliveries (issue, subscriber) WHERE open",
)
"""PostgreSQL writes no index where none of its columns changes, those of its condition among them."""


def open_postgres(url: str, folder: Path | None = None) -> PostgresDatabase:
    """Connects, makes the tables if there are none, and brings an older schema up to date.

    Raises StoreError if the server cannot be reached, or its tables are not ours or of a newer version.
    """
    database = PostgresDatabase(url, folder)
    try:
        _bring_up_to_date(database)
    except BaseException:
        database.close()
        raise
    return database


def is_made(url: str) -> bool:
    """Whether there are tables of ours. Raises StoreError if the server cannot be reached."""
    database = PostgresDatabase(url)
    try:
        with database.read() as connection:
            return _has(connection, "alembic_version")
    finally:
        database.close()


def _bring_up_to_date(database: PostgresDatabase) -> None:
    with database.write() as connection:  # of nodes that start at once the first makes the tables
        if not _has(connection, "alembic_version"):
            _make(connection, database.place)
            return
        if not _has(connection, "deliveries"):
            raise StoreError(f"{database.place}: these tables are not Kawaraban's; name another database")
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found != schema.HEAD:
            from feeds.store.migrations import upgrade

            upgrade(connection, found, database.place)


def _make(connection: Connection, place: str) -> None:
    if _has(connection, "posts") or _has(connection, "issues"):
        raise StoreError(f"{place}: these tables are not Kawaraban's; name another database")
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise StoreError(f"{place}: the database is {encoding}; make one with ENCODING 'UTF8'")
    _complete_schema()
    schema.metadata.create_all(connection, checkfirst=False)
    for statement in _OPEN_COLUMN:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    connection.exec_driver_sql("INSERT INTO alembic_version VALUES (%s)", (schema.HEAD,))


def _has(connection: Connection, table: str) -> bool:
    return connection.exec_driver_sql("SELECT to_regclass(%s)", (table,)).scalar() is not None


def _complete_schema() -> None:
    """Says for PostgreSQL what ``schema`` says for SQLite; there it would load the dialect at every start."""
    for table in schema.metadata.tables.values():
        for index in table.indexes:
            where = index.dialect_options["sqlite"]["where"]
            if where is not None:
                index.dialect_options["postgresql"]["where"] = where
    # A delivery is written anew three times, a reader with each issue: there is room for it on its page.
    deliveries.dialect_options["postgresql"]["with"] = {"fillfactor": 40}
    subscribers.dialect_options["postgresql"]["with"] = {"fillfactor": 80}


def _engine(url: str, **more: Any) -> Engine:
    try:
        parts = make_url(url).set(drivername="postgresql+psycopg")
        engine = create_engine(
            parts,
            pool_size=4,
            max_overflow=12,
            paramstyle="format",  # by position, as ``bulk`` hands its rows over
            isolation_level="READ COMMITTED",
            connect_args=_PATIENCE | {"application_name": "kawaraban"},
            **more,
        )
    except ModuleNotFoundError:
        raise StoreError(
            f"{_place(url)}: PostgreSQL needs psycopg: pip install 'kawaraban[postgres]'"
        ) from None
    except (ArgumentError, ValueError):
        raise StoreError("database.url: not the URL of a PostgreSQL database") from None

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            if cursor.fetchone()[0] == "off":  # what was acknowledged would be lost with the server's power
                cursor.execute("SET synchronous_commit = on")
        connection.commit()

    return engine


def _place(url: str) -> str:
    """The database without who logs in."""
    parts = make_url(url)
    return f"postgresql://{parts.host or ''}/{parts.database or ''}"
