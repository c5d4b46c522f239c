"""Nodes that share a database and not a public folder: whoever publishes brings its own up to date."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.actions import placing
from feeds.errors import ForeignFile, PublishError
from feeds.service import Service
from feeds.store import publications
from tests.postgres import Cluster

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

_CONFIG = """\
[site]
title = "T"
url = "https://example.org"
public = "public"
[posts]
folder = "../posts"
[feeds]
compress = true
[database]
url = "{url}"
"""


class Nodes:
    """Two folders that share the posts and a database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.now = folder, NOON
        (folder / "posts").mkdir()
        for name in ("one", "two"):
            (folder / name).mkdir()
            (folder / name / "kawaraban.toml").write_text(_CONFIG.format(url=url), encoding="utf-8")

    def write(self, number: int) -> None:
        text = f"---\ntitle: Post {number}\ndate: 2026-01-{number:02}\n---\nBody {number}. {'long ' * 500}\n"
        (self.folder / "posts" / f"p{number}.md").write_text(text, encoding="utf-8")

    def build(self, name: str) -> tuple[str, ...]:
        """What the node wrote; it takes the work over from the other one, which is gone."""
        self.now += timedelta(minutes=1)
        key = self.folder / name / ".kawaraban" / "signing.key"
        if not key.exists() and name != "one":
            key.parent.mkdir(mode=0o700)
            shutil.copy(self.folder / "one" / ".kawaraban" / "signing.key", key)
        with self.service(name) as service:
            return service.build().publish.written

    def service(self, name: str) -> Service:
        return Service.open(self.folder / name / "kawaraban.toml", now=self.now, environ={})

    def titles(self, name: str) -> set[str]:
        feed = json.loads((self.folder / name / "public" / "feeds" / "all.json").read_bytes())
        return {item["title"] for item in feed["items"]}

    def times(self, name: str) -> dict[str, int]:
        public = self.folder / name / "public"
        return {
            file.relative_to(public).as_posix(): file.stat().st_mtime_ns
            for file in public.rglob("*")
            if file.is_file()
        }

    def files(self, name: str) -> dict[str, bytes]:
        public = self.folder / name / "public"
        return {
            file.relative_to(public).as_posix(): file.read_bytes()
            for file in public.rglob("*")
            if file.is_file()
        }


@pytest.fixture
def nodes(cluster: Cluster, tmp_path: Path) -> Nodes:
    return Nodes(tmp_path, cluster.new_database())


def test_a_node_that_takes_over_publishes_what_its_own_folder_lacks(nodes: Nodes) -> None:
    nodes.write(1)
    nodes.build("one")
    nodes.build("two")
    assert nodes.files("two") == nodes.files("one")
    assert nodes.titles("two") == {"Post 1"}


def test_a_node_that_takes_over_again_brings_what_it_wrote_before_up_to_date(nodes: Nodes) -> None:
    nodes.write(1)
    nodes.build("one")
    nodes.write(2)
    nodes.build("two")
    nodes.build("one")
    assert nodes.titles("one") == {"Post 1", "Post 2"}
    assert nodes.files("one") == nodes.files("two")


def test_it_does_so_however_often_the_work_moves(nodes: Nodes) -> None:
    for number in range(1, 7):
        nodes.write(number)
        nodes.build("one" if number % 2 else "two")
    nodes.build("one")
    assert nodes.files("one") == nodes.files("two")
    assert nodes.build("one") == ()


def test_both_send_the_same_times(nodes: Nodes) -> None:
    for number, name in ((1, "one"), (2, "two"), (3, "one")):
        nodes.write(number)
        nodes.build(name)
    nodes.build("two")
    assert nodes.times("one") == nodes.times("two")


def test_work_that_comes_back_with_nothing_new_writes_nothing(nodes: Nodes) -> None:
    nodes.write(1)
    nodes.build("one")
    nodes.build("two")
    assert nodes.build("one") == ()


def test_a_file_of_somebody_else_is_in_the_way_there_too(nodes: Nodes) -> None:
    nodes.write(1)
    nodes.build("one")
    theirs = nodes.folder / "two" / "public" / "feeds" / "all.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("{}", encoding="utf-8")
    with pytest.raises(ForeignFile, match=r"two/public/feeds/all\.json"):
        nodes.build("two")
    assert theirs.read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_killed_run_is_made_good_by_whoever_comes_next(
    nodes: Nodes, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes.write(1)
    nodes.build("one")
    nodes.build("two")
    nodes.write(2)
    with monkeypatch.context() as patch:
        patch.setattr(placing, "sync", _fail)
        with pytest.raises(PublishError):
            nodes.build("one")
    nodes.write(3)
    for who in (name, "two", "one"):
        nodes.build(who)
    assert nodes.titles("one") == {"Post 1", "Post 2", "Post 3"}
    assert nodes.files("one") == nodes.files("two")


def _fail(*_: object) -> None:
    raise PublishError("the disk is gone")


def test_what_nobody_has_any_more_is_forgotten_after_a_year_and_what_stands_is_not(nodes: Nodes) -> None:
    nodes.write(1)
    nodes.build("one")
    nodes.write(2)
    nodes.build("one")
    nodes.now += timedelta(days=500)
    with nodes.service("one") as service:
        service.tidy()
        with service.database.read() as connection:
            documents = publications.known_documents(connection)
            versions = publications.versions_of(connection, documents)
    assert versions == {path: {document.etag} for path, document in documents.items()}
