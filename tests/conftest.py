"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from feeds.store.database import SQLITE, Database, open_database
from tests.postgres import Cluster, programs

SHARED = Path(__file__).resolve().parents[2] / "shared"

settings.register_profile("kawaraban", deadline=None)  # how long a step takes is the machine's affair
settings.load_profile("kawaraban")

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30
"""Bytes; all tests together take less than half of that."""


@pytest.fixture(scope="session")
def shared_posts() -> Path:
    """The folder of real posts that is not part of this repository."""
    folder = SHARED / "posts"
    if not folder.is_dir():
        pytest.skip("the folder of real posts is not on this machine")
    return folder


@pytest.fixture(scope="session")
def shared_schemas() -> Path:
    """The folder of feed schemas that is not part of this repository."""
    folder = SHARED / "schemas"
    if not folder.is_dir():
        pytest.skip("the folder of feed schemas is not on this machine")
    return folder


# The databases ----------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgres"),
        help="all tests of the store and of what stands on it with this database; "
        "else all with SQLite, and those marked `databases` with PostgreSQL too",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases: also on PostgreSQL when no --database is named")
    # In memory nobody waits for a disk to sync. What a disk loses is the affair of `python -m tests.faults`.
    if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" not in metafunc.fixturenames:
        return
    named = metafunc.config.getoption("--database")
    both = metafunc.definition.get_closest_marker("databases") is not None
    kinds = [named] if named else ["sqlite", "postgres"] if both else ["sqlite"]
    if kinds != ["sqlite"]:
        metafunc.parametrize("database_kind", kinds, scope="session")


@pytest.fixture(scope="session")
def database_kind() -> str:
    """Which database a test is about."""
    return "sqlite"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server for this session."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    cluster = Cluster(found, within=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture
def database_url(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a database that nobody used."""
    if database_kind == "sqlite":
        return f"{SQLITE}{tmp_path / 'kawaraban.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


@pytest.fixture
def opening(database_url: str) -> Iterator[Callable[[], Database]]:
    """Opens the test's database, once more with every call; all are closed at the end."""
    opened: list[Database] = []

    def open_once_more() -> Database:
        opened.append(open_database(database_url))
        return opened[-1]

    yield open_once_more
    for database in opened:
        database.close()
