"""Sidecars hold what their documents hold, whoever dies when, and take nobody's place."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feeds.actions.sidecars import accompany, withdraw
from feeds.errors import ForeignFile
from feeds.model.feed import Document
from feeds.store import publications
from feeds.store import sidecars as store
from feeds.store.database import Database
from feeds.store.publications import KnownDocument
from feeds.syndication.compression import codings
from feeds.syndication.output import publish
from feeds.syndication.ownership import Written, entity_tag

PATH = "feeds/category/本.rss.xml"
GZ = f"{PATH}.gz"
OLD, NEW = b"<rss>old</rss>" * 200, b"<rss>new</rss>" * 200


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def database(opening: Callable[[], Database]) -> Database:
    return opening()


def put(
    database: Database, public: Path, body: bytes, path: str = PATH, intended: Sequence[str] = ()
) -> None:
    """Publishes a document as `publish` does: its sidecars go before it changes."""
    with database.read() as connection:
        before = publications.known_documents(connection).get(path)
    etag = entity_tag(body)
    withdraw(database, public, {path: etag}, {})
    known = before and Written(path, before.size, before.mtime_ns, before.etag)
    document = Document(path, "text/xml", body)
    written, _ = publish(public, document, known, replace=False, intended=intended)
    row = KnownDocument(path, "all", "rss", "", "text/xml", written.size, written.mtime_ns, written.etag)
    with database.write() as connection:
        publications.put_documents(connection, [row])


def texts(public: Path, path: str = PATH) -> set[bytes]:
    """What web servers would send for this document, in each coding."""
    found = {(public / path).read_bytes()}
    if (packed := public / f"{path}.gz").exists():
        found.add(gzip.decompress(packed.read_bytes()))
    return found


def names(public: Path) -> list[str]:
    return sorted(file.name for file in (public / PATH).parent.iterdir())


EVERYTHING = sorted(["本.rss.xml", "本.rss.xml.gz", *(["本.rss.xml.br"] if "br" in codings() else [])])


def test_a_document_is_accompanied_with_its_own_time(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    assert names(public) == EVERYTHING
    assert gzip.decompress((public / GZ).read_bytes()) == OLD
    for name in EVERYTHING:
        assert (public / PATH).with_name(name).stat().st_mtime_ns == (public / PATH).stat().st_mtime_ns


def test_what_stands_is_not_written_again(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    before = (public / GZ).stat()
    accompany(database, public, compress=True)
    assert (public / GZ).stat() == before


def test_same_document_same_bytes(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    before = (public / GZ).read_bytes()
    (public / GZ).unlink()
    accompany(database, public, compress=True)
    assert (public / GZ).read_bytes() == before


def test_before_a_document_changes_its_sidecars_are_gone(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    put(database, public, NEW)
    assert names(public) == ["本.rss.xml"]
    accompany(database, public, compress=True)
    assert names(public) == EVERYTHING
    assert texts(public) == {NEW}


def test_a_small_document_has_none(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    put(database, public, b"<rss/>")
    accompany(database, public, compress=True)
    assert names(public) == ["本.rss.xml"]


def test_whoever_turns_compression_off_is_rid_of_them(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    accompany(database, public, compress=False)
    assert names(public) == ["本.rss.xml"]
    with database.read() as connection:
        assert store.known_sidecars(connection) == {}


def test_a_file_of_somebody_else_stays_and_is_named(database: Database, public: Path) -> None:
    put(database, public, OLD)
    (public / GZ).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(ForeignFile, match=r"本\.rss\.xml\.gz"):
        accompany(database, public, compress=True)
    put(database, public, NEW)
    assert gzip.decompress((public / GZ).read_bytes()) == b"something else"
    accompany(database, public, compress=True, replace=True)
    assert gzip.decompress((public / GZ).read_bytes()) == NEW
    kept = (public / f"{GZ}.before-kawaraban").read_bytes()
    assert gzip.decompress(kept) == b"something else"


def test_a_sidecar_edited_by_hand_is_somebody_elses(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    (public / GZ).write_bytes(gzip.compress(b"by hand"))
    put(database, public, NEW)
    assert gzip.decompress((public / GZ).read_bytes()) == b"by hand"
    with pytest.raises(ForeignFile):
        accompany(database, public, compress=True)


def test_a_touched_sidecar_is_still_ours(database: Database, public: Path) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    os.utime(public / GZ, (1, 1))
    put(database, public, NEW)
    assert names(public) == ["本.rss.xml"]


class Killed(BaseException):
    """The process is no more: nothing that it still calls has an effect."""


def mortal(monkeypatch: pytest.MonkeyPatch, database: Database, steps: int) -> list[int]:
    """Lets everything that others can see happen so many times, and then never again."""
    left = [steps]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **more: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return function(*given, **more)

        return step

    for holder, name in ((Path, "unlink"), (Path, "replace"), (os, "fsync"), (database, "write")):
        monkeypatch.setattr(holder, name, counted(getattr(holder, name)))
    return left


def test_whoever_dies_at_any_step_leaves_no_old_text_and_the_next_run_mends_it(
    database: Database, public: Path
) -> None:
    put(database, public, OLD)
    accompany(database, public, compress=True)
    tags = [entity_tag(OLD)]
    for steps in range(100):
        body = f"<rss>{steps}</rss>".encode() * 200
        tags.append(entity_tag(body))
        with pytest.MonkeyPatch.context() as patched, suppress(Killed):
            left = mortal(patched, database, steps)
            put(database, public, body, intended=tags)
            accompany(database, public, compress=True)
        assert len(texts(public)) == 1, f"dead after {steps} steps"
        if left[0]:
            break
        if steps % 2:  # now and then a run ends well in between
            put(database, public, NEW, intended=tags)
            accompany(database, public, compress=True)
            assert [name for name in names(public) if not name.startswith(".")] == EVERYTHING
            assert texts(public) == {NEW}
    assert 10 < steps < 99


def test_a_document_that_is_not_what_is_known_of_it_waits(database: Database, public: Path) -> None:
    put(database, public, OLD)
    with database.write() as connection:
        known = publications.known_documents(connection)[PATH]
        publications.put_documents(connection, [replace(known, etag='"other"')])
    accompany(database, public, compress=True)
    assert names(public) == ["本.rss.xml"]
