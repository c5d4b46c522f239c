"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from feeds.store.database import Database
from feeds.store.opening import SQLITE, open_database
from tests import databases
from tests.postgres import Cluster, programs

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[1] / "shared"

ON_POSTGRES = frozenset({"acceptance", "actions", "cli", "daemon", "dkim", "machine", "ops", "store"})
"""Folders whose tests use a database; the service of tests/web is a stand-in without one."""

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
        help="all tests that use a database, with this one; else all tests with SQLite, and those marked "
        "`databases` with PostgreSQL too",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases: also on PostgreSQL when no --database is named")
    config.addinivalue_line("markers", "sqlite(why): about the SQLite file; not on PostgreSQL")
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
        metafunc.parametrize("database_kind", kinds, indirect=True, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With PostgreSQL, leaves out what has nothing to do with a database, or with that one."""
    if config.getoption("--database") != "postgres":
        return
    mine = [item for item in items if item.path.relative_to(HERE).parts[0] in ON_POSTGRES]
    config.hook.pytest_deselected(items=[item for item in items if item not in mine])
    items[:] = mine


def pytest_runtest_setup(item: pytest.Item) -> None:
    kind = item.callspec.params.get("database_kind") if hasattr(item, "callspec") else None
    if kind == "postgres" and (found := item.get_closest_marker("sqlite")):
        pytest.skip(f"about the SQLite file: {found.args[0]}")


@pytest.fixture(scope="session")
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database a test is about.

    One fixture for both, so that what hangs on it is made anew where a test is about another than the last.
    """
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A PostgreSQL server for this session."""
    if request.config.getoption("--database") == "sqlite":
        pytest.skip("about PostgreSQL, and --database sqlite was named")
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    cluster = Cluster(found, within=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
    try:
        cluster.start()
        _running.append(cluster)
        yield cluster
    finally:
        _running.clear()
        cluster.remove()


@pytest.fixture(scope="session", autouse=True)
def _database_of_configurations(database_kind: str, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every configuration that a test writes is one of the database that the test is about."""
    if database_kind == "postgres":
        # without tables: the program makes them
        databases.new_url = lambda: request.getfixturevalue("cluster").empty_database()
    yield
    databases.new_url = None


@pytest.fixture(autouse=True)
def _tidy_databases(_database_of_configurations: None) -> Iterator[None]:
    """Those that a test made are gone after it: each takes eight megabytes, maybe of memory."""
    before = _running[0].made if _running else 0
    yield
    for cluster in _running:
        cluster.drop_databases(before)


_running: list[Cluster] = []
"""The server of this session, once a test has asked for it."""


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
