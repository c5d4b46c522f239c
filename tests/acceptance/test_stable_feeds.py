"""Feeds stay what they are: their bytes, their ids, their addresses, and whole through every accident."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from lxml import etree

from feeds.service import Service
from tests.acceptance.publication import MONDAY, SETTLED, Publication

SUFFIXES = (".rss.xml", ".atom.xml", ".json")


@pytest.fixture
def published(publication: Publication) -> Publication:
    """Three posts in two categories, published on Monday."""
    publication.write("one", date="2026-01-01", body="第一")
    publication.write("two", date="2026-01-02", category="庭", body="第二")
    publication.write("three", date="2026-01-03", category="庭", body="第三")
    publication.ask("build", now=MONDAY)
    return publication


# The same bytes -----------------------------------------------------------------------------------


def test_a_build_without_changes_leaves_every_file_alone(published: Publication) -> None:
    before = _standing(published)
    built = published.ask("build", now=MONDAY + SETTLED)
    assert built["feeds"]["written"] == []
    assert len(built["feeds"]["unchanged"]) == len(before) == 12
    assert _standing(published) == before


def test_touching_a_post_changes_no_feed(published: Publication) -> None:
    before = _standing(published)
    os.utime(published.root / "posts" / "one.md")
    assert published.ask("build", now=MONDAY + SETTLED)["feeds"]["written"] == []
    assert _standing(published) == before


def test_another_installation_publishes_the_same_bytes(published: Publication, tmp_path: Path) -> None:
    other = Publication.found(tmp_path / "other")
    shutil.copytree(published.root / "posts", other.root / "posts", dirs_exist_ok=True)
    other.ask("build", now=MONDAY + SETTLED)
    assert other.documents() == published.documents()


def test_a_changed_post_changes_its_own_feeds_only(published: Publication) -> None:
    before = _standing(published)
    published.write("one", date="2026-01-01", body="第一、改")
    built = published.ask("build", now=MONDAY + SETTLED)
    stems = ("feeds/all", "feeds/category/news")
    assert built["feeds"]["written"] == sorted(stem + suffix for stem in stems for suffix in SUFFIXES)
    after = _standing(published)
    assert {name for name in before if before[name] == after[name]} == {
        *(f"category/庭{suffix}" for suffix in SUFFIXES),
        "feed.css",
        "index.html",
        "index.opml",
    }


# Ids ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", ["edited", "renamed", "redated", "retitled", "recategorised", "away and back"]
)
def test_no_change_to_a_post_changes_its_ids(change: str, published: Publication) -> None:
    before = _ids(published)
    file = published.root / "posts" / "one.md"
    match change:
        case "edited":
            published.write("one", date="2026-01-01", body="まったく別の本文")
        case "renamed":
            file.rename(file.with_name("uno.md"))
        case "redated":
            published.write("one", date="2026-02-02", body="第一")
        case "retitled":
            published.write("one", date="2026-01-01", title="壱", body="第一")
        case "recategorised":
            published.write("one", date="2026-01-01", category="庭", body="第一")
        case "away and back":
            aside = published.root / "aside.md"
            file.rename(aside)
            published.ask("build", now=MONDAY)
            assert _ids(published) != before
            aside.rename(file)
    published.ask("build", now=MONDAY + SETTLED)
    assert _ids(published) == before


def test_a_category_that_lost_its_last_post_keeps_an_empty_feed(published: Publication) -> None:
    before = _feed_id(published, "category/news")
    (published.root / "posts" / "one.md").unlink()
    published.ask("build", now=MONDAY + SETTLED)
    assert _feed_id(published, "category/news") == before
    assert json.loads(published.documents()["category/news.json"])["items"] == []
    rss = etree.fromstring(published.documents()["category/news.rss.xml"])
    assert (rss.findall("channel/item"), rss.findtext("channel/title")) == ([], "News — 瓦版")


def test_a_changed_slug_keeps_the_feeds_id_and_its_old_address(published: Publication) -> None:
    before = _feed_id(published, "category/庭")
    published.add_settings('[categories."庭"]\nslug = "garden"\n')
    published.ask("build", now=MONDAY + SETTLED)
    assert _feed_id(published, "category/garden") == before
    documents = published.documents()
    for suffix in SUFFIXES:
        assert documents[f"category/庭{suffix}"] == documents[f"category/garden{suffix}"]
    published.write("four", date="2026-01-04", category="庭")
    published.ask("build", now=MONDAY + 2 * SETTLED)
    assert "four" in published.documents()["category/庭.rss.xml"].decode()


def test_a_renamed_category_goes_on_with_its_feed(published: Publication) -> None:
    before = _feed_id(published, "category/庭")
    for name, date in (("two", "2026-01-02"), ("three", "2026-01-03")):
        published.write(name, date=date, category="庭仕事")
    published.add_settings('[categories."庭仕事"]\nformerly = ["庭"]\n')
    published.ask("build", now=MONDAY + SETTLED)
    assert _feed_id(published, "category/庭仕事") == before
    assert _feed_id(published, "category/庭") == before


def test_validators_survive_a_build_without_changes(published: Publication) -> None:
    before = _validators(published)
    published.ask("build", now=MONDAY + SETTLED)
    assert _validators(published) == before
    published.write("one", date="2026-01-01", body="第一、改")
    published.ask("build", now=MONDAY + 2 * SETTLED)
    assert _validators(published) != before


# Files of others ----------------------------------------------------------------------------------


def test_a_file_that_somebody_else_wrote_is_named_and_left_alone(published: Publication) -> None:
    published.add_settings('[categories."庭"]\npath = "/feeds/garden.xml"\n')
    theirs = published.feeds / "garden.xml"
    theirs.write_text("<rss>by hand</rss>")
    said = published.say("build", now=MONDAY + SETTLED)
    assert said.status == 1
    assert f"{theirs}: this file was not written by kawaraban" in said.err
    assert "build --replace" in said.err
    assert theirs.read_text() == "<rss>by hand</rss>"


def test_replace_takes_its_place_and_keeps_a_copy(published: Publication) -> None:
    published.add_settings('[categories."庭"]\npath = "/feeds/garden.xml"\n')
    theirs = published.feeds / "garden.xml"
    theirs.write_text("<rss>by hand</rss>")
    published.say("build", now=MONDAY)
    assert published.say("build", "--replace", now=MONDAY).status == 0
    assert theirs.with_name("garden.xml.before-kawaraban").read_text() == "<rss>by hand</rss>"
    assert "第三" in theirs.read_text(encoding="utf-8")
    assert published.say("build", now=MONDAY).status == 0


def test_a_feed_that_somebody_edited_is_named_and_a_deleted_one_comes_back(published: Publication) -> None:
    feed = published.feeds / "all.rss.xml"
    whole = feed.read_bytes()
    feed.write_bytes(whole.replace(b"</rss>", b"<!-- mine --></rss>"))
    said = published.say("build", now=MONDAY)
    assert (said.status, str(feed) in said.err) == (1, True)
    feed.unlink()
    assert published.say("build", now=MONDAY).status == 0
    assert feed.read_bytes() == whole


# Accidents ----------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if (
        os.geteuid() != 0
        or shutil.which("mount") is None
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        pytest.skip("only root, with the right to mount, can have a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_feeds_whole(publication: Publication, small_disk: Path) -> None:
    publication.edit('timezone = "Asia/Tokyo"', f'timezone = "Asia/Tokyo"\npublic = "{small_disk}"')
    publication.write("one", date="2026-01-01")
    publication.ask("build", now=MONDAY)
    before = {file: file.read_bytes() for file in small_disk.rglob("*") if file.is_file()}
    rest = small_disk / "somebody's file"
    with suppress(OSError), rest.open("wb", buffering=0) as file:
        for _ in range(1024):
            file.write(b"x" * 4096)
    assert shutil.disk_usage(small_disk).free == 0
    publication.write("two", date="2026-01-02", body="long " * 2000)
    said = publication.say("build", now=MONDAY)
    assert said.status == 1
    assert "No space left on device" in said.err
    assert str(small_disk) in said.err
    assert {file: file.read_bytes() for file in before} == before
    left = {file for file in small_disk.rglob("*") if file.is_file()}
    assert left == {*before, rest}
    rest.unlink()
    assert publication.say("build", now=MONDAY).status == 0
    assert b"two" in (small_disk / "feeds/all.rss.xml").read_bytes()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Publication, float]:
    """A publication of 200 posts, built by a process of its own, and how long that took."""
    made = Publication.found(tmp_path_factory.mktemp("undisturbed") / "site")
    made.add_settings("[feeds]\nlimit = 0\n")
    for number in range(200):
        made.write(
            f"post-{number}",
            date=f"2026-{number % 12 + 1:02}-01",
            category=f"C{number % 8}",
            body="本文。" * 999,
        )
    started = time.monotonic()
    assert made.run("build", now=MONDAY).status == 0
    return made, time.monotonic() - started


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_build_is_repaired_by_the_next(
    seed: int, undisturbed: tuple[Publication, float], tmp_path: Path
) -> None:
    whole, seconds = undisturbed
    made = Publication.found(tmp_path / "site")
    made.add_settings("[feeds]\nlimit = 0\n")
    shutil.copytree(whole.root / "posts", made.root / "posts", dirs_exist_ok=True)
    process = made.start("build", now=MONDAY)
    time.sleep(seconds * random.Random(seed).uniform(0.3, 1.0))
    process.kill()
    process.communicate()
    for name, document in made.documents().items():
        if not name.rpartition("/")[2].startswith("."):
            assert document == whole.documents()[name]
    again = made.say("build", now=MONDAY)
    assert (again.status, again.err) == (0, "")
    assert made.documents() == whole.documents()


def test_a_build_that_is_killed_while_it_writes_is_repaired_by_the_next(
    undisturbed: tuple[Publication, float], tmp_path: Path
) -> None:
    whole, _ = undisturbed
    made = Publication.found(tmp_path / "site")
    made.add_settings("[feeds]\nlimit = 0\n")
    shutil.copytree(whole.root / "posts", made.root / "posts", dirs_exist_ok=True)
    process = made.start("build", now=MONDAY)
    while not list(made.feeds.rglob("*.xml")) and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()
    again = made.say("build", now=MONDAY)
    assert (again.status, again.err) == (0, "")
    assert made.documents() == whole.documents()
    # and with other posts than those that the killed run began to write
    made.write("late", date="2026-11-01")
    everything = made.feeds / "all.json"
    before = everything.read_bytes()
    process = made.start("build", now=MONDAY)
    while everything.read_bytes() == before and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.communicate()
    made.write("later", date="2026-11-02")
    again = made.say("build", now=MONDAY)
    assert (again.status, again.err) == (0, "")
    assert b"later" in made.documents()["all.json"]


# Looking ------------------------------------------------------------------------------------------


def _standing(publication: Publication) -> dict[str, tuple[bytes, int, int]]:
    """Every document with its time of change and its inode."""
    return {
        name: (body, (status := (publication.feeds / name).stat()).st_mtime_ns, status.st_ino)
        for name, body in publication.documents().items()
    }


def _ids(publication: Publication) -> set[tuple[str, str, str]]:
    """Which ids the posts have, in RSS, Atom and JSON."""
    documents = publication.documents()
    rss = etree.fromstring(documents["all.rss.xml"]).findall("channel/item")
    atom = etree.fromstring(documents["all.atom.xml"]).findall("{*}entry")
    items = json.loads(documents["all.json"])["items"]
    return {
        (str(r.findtext("guid")), str(a.findtext("{*}id")), j["id"])
        for r, a, j in zip(rss, atom, items, strict=True)
    }


def _feed_id(publication: Publication, key: str) -> str | None:
    return etree.fromstring(publication.documents()[f"{key}.atom.xml"]).findtext("{*}id")


def _validators(publication: Publication) -> dict[str, tuple[str, str]]:
    """ETag and Last-Modified of each document."""
    found = {}
    with Service.open(publication.config, now=MONDAY + 9 * SETTLED) as service:
        for name in publication.documents():
            document = service.document(f"/feeds/{name}")
            assert document is not None
            found[name] = (document.etag, document.last_modified.isoformat())
    return found
