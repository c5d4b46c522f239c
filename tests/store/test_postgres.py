"""What PostgreSQL has to do differently to be the same database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread, Timer

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, delete, insert, select

from feeds.errors import StoreError
from feeds.model.subscriber import Cadence, Subscription
from feeds.service.vitals import Vitals
from feeds.service.watched import watch_writes
from feeds.store import schema, state, subscribers
from feeds.store.database import Database, dump
from feeds.store.opening import open_database
from feeds.store.postgres import PostgresDatabase
from feeds.store.schema.readers import subscribers as readers
from feeds.store.schema.state import state as facts
from tests.machine.world import address
from tests.postgres import Cluster

NOW = datetime(2026, 11, 23, 7, 0, 30, tzinfo=UTC)
CHOICE = Subscription((), Cadence.EACH, "en", 7, 0, "UTC")


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    database = open_database(cluster.new_database())
    yield database
    database.close()


def join(database: Database, name: str) -> int:
    with database.write() as connection:
        return subscribers.add(connection, address(name), CHOICE, name=name, consent="form", now=NOW).key


def test_the_tables_are_those_of_the_schema(database: Database) -> None:
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_of_the_schema})
        assert compare_metadata(context, schema.metadata) == []
        found = connection.exec_driver_sql("SELECT indexdef FROM pg_indexes WHERE indexdef LIKE '%%WHERE%%'")
        partial = [i for t in schema.metadata.tables.values() for i in t.indexes if _where(i) is not None]
        assert len(found.all()) == len(partial) > 5


def _is_of_the_schema(_thing: object, name: str | None, kind: str, *_: object) -> bool:
    return (kind, name) != ("column", "open")  # only PostgreSQL needs it


def test_the_ledger_of_an_older_version_becomes_that_of_this_one(cluster: Cluster) -> None:
    old, new = cluster.new_database(), cluster.new_database()
    database: Database = PostgresDatabase(old)
    with database.write() as connection:
        for statement in _AS_0008_MADE_IT:
            connection.exec_driver_sql(statement)
    database.close()
    told = []
    for url in old, new:
        database = open_database(url)
        with database.read() as connection:
            told.append([sorted(connection.exec_driver_sql(query).all()) for query in _CATALOGUE])
        database.close()
    assert told[0] == told[1]
    assert "open" in {column for column, *_ in told[0][0]}


_AS_0008_MADE_IT = (
    "ALTER TABLE deliveries DROP COLUMN open",  # and its indexes with it
    "CREATE UNIQUE INDEX uq_deliveries_open ON deliveries (subscriber) WHERE state = 'pending'",
    "CREATE INDEX ix_deliveries_open ON deliveries (issue, subscriber) WHERE state = 'pending'",
    "ALTER TABLE deliveries SET (fillfactor = 70)",
    "ALTER TABLE subscribers RESET (fillfactor)",
    "UPDATE alembic_version SET version_num = '0008'",
)

_CATALOGUE = (
    "SELECT column_name, data_type, is_nullable, generation_expression FROM information_schema.columns "
    "WHERE table_name = 'deliveries'",
    "SELECT indexdef FROM pg_indexes WHERE tablename = 'deliveries'",
    "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL",
)


def _where(index: object) -> object:
    return index.dialect_options["sqlite"]["where"]  # type: ignore[attr-defined]


def test_nodes_that_start_at_once_make_the_tables_once(cluster: Cluster) -> None:
    url, together, opened = cluster.empty_database(), Barrier(3), []

    def start() -> None:
        together.wait()
        opened.append(open_database(url))

    threads = [Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 3
    for database in opened:
        database.close()


def test_writers_wait_for_each_other_and_see_what_the_other_wrote(database: Database) -> None:
    def count() -> None:
        for _ in range(20):
            with database.write() as connection:
                found = int(state.get(connection, "count") or 0)
                state.put(connection, "count", str(found + 1))

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert state.get(connection, "count") == "80"


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as reading:
        assert state.get(reading, "x") is None
        with database.write() as writing:
            state.put(writing, "x", "1")
        assert state.get(reading, "x") is None
    with database.read() as reading:
        assert state.get(reading, "x") == "1"


def test_a_reader_writes_nothing(database: Database) -> None:
    with pytest.raises(StoreError, match="read-only"), database.read() as connection:
        state.put(connection, "x", "1")


def test_a_key_is_given_once(database: Database) -> None:
    first = join(database, "ann")
    with database.write() as connection:
        connection.execute(delete(readers))
    assert join(database, "ben") > first


def test_text_is_sorted_by_code_points_and_has_no_nul(database: Database) -> None:
    words = ["a", "B", "ä", "_", "あ"]
    with database.write() as connection:
        connection.execute(insert(facts), [{"name": word, "value": "x\0y"} for word in words])
        ours = select(facts.c.name, facts.c.value).where(facts.c.name.in_(words))
        rows = connection.execute(ours.order_by(facts.c.name)).all()
    assert [row.name for row in rows] == sorted(words)
    assert {row.value for row in rows} == {"x\ufffdy"}


def test_a_copy_has_every_row(database: Database, tmp_path: Path) -> None:
    for name in ("ann", "ben"):
        join(database, name)
    database.copy(tmp_path / "copy.db")
    copy = open_database(tmp_path / "copy.db")
    with copy.read() as theirs, database.read() as ours:
        assert dump(theirs) == dump(ours)
    copy.close()


def test_a_restart_of_the_server_fails_no_verb_after_it(cluster: Cluster, database: Database) -> None:
    join(database, "ann")
    cluster.restart()
    join(database, "ben")
    with database.read() as connection:
        assert len(dump(connection)["subscribers"]) == 2


def test_a_commit_of_the_ledger_waits_for_a_server_that_is_away(cluster: Cluster, database: Database) -> None:
    dispatch = database.dispatch()
    cluster.stop("immediate")
    assert isinstance(database, PostgresDatabase)
    database._ledger.dispose()  # an earlier commit has noticed, and this one has to connect anew
    back = Timer(1.0, cluster.start)
    back.start()
    try:
        assert dispatch.commit([], [], datetime.now(UTC)) == set()
    finally:
        back.join()


def test_commits_of_the_ledger_are_timed_like_others(database: Database) -> None:
    timed: list[str] = []

    class Watching(Vitals):
        def took(self, seconds: float, *name: str) -> None:
            timed.extend(name)

    watch_writes(database, Watching())
    for begin in (database.write, database.ledger):
        with begin():
            pass
    assert timed == ["commit", "commit"]


def test_tables_of_somebody_else_are_refused(cluster: Cluster) -> None:
    url = cluster.empty_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE posts (x int)")
    engine.dispose()
    with pytest.raises(StoreError, match="not Kawaraban's"):
        open_database(url)


def test_a_newer_version_is_refused(cluster: Cluster) -> None:
    url = cluster.new_database()
    database = open_database(url)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(StoreError, match="newer version"):
        open_database(url)


def test_a_server_that_is_not_there_is_named_without_its_login() -> None:
    with pytest.raises(StoreError) as caught:
        open_database("postgresql://root:geheim@127.0.0.1:1/news")
    assert "geheim" not in str(caught.value)
