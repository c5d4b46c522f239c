"""The migrations and the schema say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from feeds.errors import StoreError
from feeds.store import posts, schema, state
from feeds.store.migrations import upgrade
from feeds.store.opening import open_database


def test_all_migrations_together_give_the_schema() -> None:
    with create_engine("sqlite://").begin() as connection:
        upgrade(connection, None, Path("memory"))
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        migrated = _definitions(connection)
    with create_engine("sqlite://").begin() as connection:
        schema.metadata.create_all(connection)
        assert _definitions(connection) == migrated


def test_head_is_the_newest_migration(tmp_path: Path) -> None:
    with create_engine("sqlite://").begin() as connection:
        upgrade(connection, None, Path("memory"))
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == schema.HEAD


def test_what_the_first_version_kept_is_there_after_the_upgrade(tmp_path: Path) -> None:
    file = tmp_path / "kawaraban.db"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        upgrade(connection, None, file, to="0001")
        columns = {column["name"]: column for column in inspect(connection).get_columns("posts")}
        values = {name: 1 if "INT" in str(c["type"]) else "[]" for name, c in columns.items()}
        names = ", ".join(values)
        connection.exec_driver_sql(
            f"INSERT INTO posts ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
        )
        connection.exec_driver_sql("INSERT INTO state VALUES ('site', 'x')")
    database = open_database(file)
    with database.read() as connection:
        (post,) = posts.known_posts(connection)
        assert (post.post.in_feeds, post.post.enclosures, post.post.expires) == (True, (), None)
        assert state.get(connection, "site") is None  # the next scan reads everything again
    database.close()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "kawaraban.db"
    database = open_database(file)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(StoreError, match="newer version"):
        open_database(file)


def test_a_database_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with create_engine(f"sqlite:///{file}").begin() as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="not Kawaraban's"):
        open_database(file)


def _definitions(connection: object) -> dict[str, list[str]]:
    inspector = inspect(connection)
    return {
        table: sorted(
            [f"{c['name']} {c['type']} {c['nullable']}" for c in inspector.get_columns(table)]
            + [f"index {i['name']} {i['column_names']} {i['unique']}" for i in inspector.get_indexes(table)]
            + [f"unique {u['name']} {u['column_names']}" for u in inspector.get_unique_constraints(table)]
        )
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }
