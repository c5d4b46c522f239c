"""A database that pg_restore made is a copy, and so is one that was set back under its nodes."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from feeds.actions.restored import Choice
from feeds.errors import RestoredCopy, StoreError, UsageError
from feeds.model.subscriber import Cadence
from feeds.service import Service
from tests.machine.world import address
from tests.pair import config_of, write_pair
from tests.postgres import Cluster, programs

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Nodes:
    """Folders that share a database, whichever it is at the moment."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.now = folder, NOON
        self.use(url)

    def use(self, url: str) -> None:
        write_pair(self.folder, url)

    def service(self, name: str) -> Service:
        return Service.open(config_of(self.folder, name), now=self.now, environ={})

    def tick(self, name: str) -> int:
        """How many digests the node sent."""
        with self.service(name) as service:
            return service.tick().sent

    def publish(self, name: str, number: int) -> int:
        self.now += timedelta(minutes=1)
        date = f"{self.now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
        text = f"---\ntitle: Post {number}\ndate: {date}\n---\nBody {number}.\n"
        (self.folder / "posts" / f"p{number}.md").write_text(text, encoding="utf-8")
        at_once = self.tick(name)
        self.now += timedelta(minutes=1)
        return at_once + self.tick(name)


@pytest.fixture
def url(cluster: Cluster) -> str:
    return cluster.new_database()


@pytest.fixture
def nodes(url: str, tmp_path: Path) -> Nodes:
    """Two nodes with two readers, which have both sent."""
    nodes = Nodes(tmp_path, url)
    nodes.tick("one")
    shared = tmp_path / "two" / ".kawaraban"
    shared.mkdir(mode=0o700)
    shutil.copy(tmp_path / "one" / ".kawaraban" / "signing.key", shared)
    with nodes.service("one") as service:
        for name in ("ann", "bob"):
            service.add_subscriber(address(name), cadence=Cadence.EACH, confirmed=True)
    nodes.tick("two")
    return nodes


def test_nodes_come_go_and_are_copied_as_they_like(nodes: Nodes) -> None:
    assert nodes.publish("one", 1) + nodes.publish("two", 2) == 4
    shutil.rmtree(nodes.folder / "two" / ".kawaraban")
    shutil.copytree(nodes.folder / "one" / ".kawaraban", nodes.folder / "two" / ".kawaraban")
    assert [nodes.publish(name, number) for number, name in ((3, "one"), (4, "two"), (5, "one"))] == [2, 2, 2]


def test_a_node_with_another_key_is_refused_and_leaves_no_connection(nodes: Nodes, url: str) -> None:
    (nodes.folder / "two" / ".kawaraban" / "signing.key").unlink()
    with pytest.raises(StoreError, match="all nodes sign with one key"):
        nodes.tick("two")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
        here = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        end = time.monotonic() + 5  # the server takes a moment to let go
        while left := connection.exec_driver_sql(others, (here,)).scalar_one():
            assert time.monotonic() < end, f"{left} connections are left"
            connection.rollback()  # the view is of one moment in a transaction
    engine.dispose()


def test_a_database_that_pg_restore_made_is_a_copy(
    nodes: Nodes, url: str, cluster: Cluster, tmp_path: Path
) -> None:
    bin_folder = programs()
    assert bin_folder is not None
    if not (bin_folder / "pg_dump").exists():
        pytest.skip("there is no pg_dump")
    dump, other = tmp_path / "dump", cluster.empty_database()
    subprocess.run([bin_folder / "pg_dump", "--format=custom", f"--file={dump}", url], check=True)
    assert nodes.publish("one", 1) == 2
    subprocess.run([bin_folder / "pg_restore", "--no-owner", f"--dbname={other}", dump], check=True)
    nodes.use(other)
    nodes.now += timedelta(minutes=1)
    for name in ("one", "two"):
        with nodes.service(name) as service, pytest.raises(RestoredCopy, match="not where it was last used"):
            service.tick()
    with nodes.service("two") as service:
        found = service.take_into_use(Choice.FROM_NOW)
        assert found.doubtful.posts in ((), ("p1.md",))
    nodes.now += timedelta(minutes=1)
    assert (nodes.tick("one"), nodes.tick("two")) == (0, 0)
    assert (nodes.publish("one", 2), nodes.publish("two", 3)) == (2, 2)
    with nodes.service("one") as service:
        newest = max(issue.key for issue in service.issues())
        assert newest > 10_000


def test_a_database_that_was_set_back_under_a_node_is_a_copy(nodes: Nodes, url: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, value FROM state WHERE name LIKE 'instance_of:%%'"
        ).all()
        assert nodes.publish("one", 1) == 2
        for name, value in rows:  # as a server that was set back to a moment would have it
            connection.exec_driver_sql("UPDATE state SET value = %s WHERE name = %s", (value, name))
    engine.dispose()
    with nodes.service("one") as service, pytest.raises(RestoredCopy, match="knows nothing of"):
        service.deliver()
    with nodes.service("two") as service, pytest.raises(RestoredCopy, match="knows nothing of"):
        service.deliver()  # which could not have known by itself


def test_pg_dump_is_named_without_the_password(nodes: Nodes, url: str) -> None:
    with nodes.service("one") as service, pytest.raises(UsageError, match="pg_dump --format=custom") as told:
        service.backup(None)
    assert "kawaraban@" not in str(told.value)
    assert "\n" not in str(told.value)
