"""The shelf: right for every reader, small in memory, and never stale."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.model.feed import Document, PublishedDocument
from feeds.syndication.output import publish
from feeds.syndication.ownership import Written, entity_tag
from feeds.web import shelf as shelves
from feeds.web.answers import Prepared, Serving
from feeds.web.shelf import Shelf, load
from tests.web.standin import NOW

PATH = b"/feeds/all.rss.xml"


def known(file: Path) -> PublishedDocument:
    return PublishedDocument(str(file), "application/rss+xml", '"of the store"', NOW, "all")


def loaded(file: Path, before: Prepared | None = None) -> Prepared:
    prepared = load(known(file), Serving(), before)
    assert prepared
    return prepared


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now=100.0)


@pytest.fixture
def shelf(clock: SimpleNamespace) -> Shelf:
    return Shelf(clock=lambda: clock.now)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "all.rss.xml"
    file.write_bytes(b"<rss/>" * 500)
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    return file


def test_a_document_stays_until_its_file_changes(shelf: Shelf, clock: SimpleNamespace, file: Path) -> None:
    shelf.put(PATH, loaded(file))
    clock.now += 1
    assert shelf.get(PATH)
    file.write_bytes(b"<rss>new</rss>")
    assert shelf.get(PATH), "a file is not looked at for every request"
    clock.now += 0.25
    assert shelf.get(PATH) is None


def test_a_document_whose_file_is_gone_is_gone(shelf: Shelf, clock: SimpleNamespace, file: Path) -> None:
    shelf.put(PATH, loaded(file))
    file.unlink()
    clock.now += 0.25
    assert shelf.get(PATH) is None
    assert load(known(file), Serving()) is None


def test_a_path_is_looked_up_again_after_a_minute(shelf: Shelf, clock: SimpleNamespace, file: Path) -> None:
    shelf.put(PATH, loaded(file))
    clock.now += 60
    assert shelf.get(PATH) is None
    before = shelf.kept(str(file))
    assert before
    again = loaded(file, before)
    assert again.full is before.full, "what did not change is not compressed again"


def test_the_tag_is_that_of_the_very_bytes(file: Path) -> None:
    """Also while the store does not know yet what was written, or somebody edited the file."""
    prepared = loaded(file)
    assert prepared.tag == entity_tag(file.read_bytes()) != '"of the store"'


def test_two_spellings_of_a_path_share_one_copy(shelf: Shelf, file: Path) -> None:
    shelf.put(PATH, loaded(file))
    shelf.put(b"/feeds/all%2Erss.xml", loaded(file))
    assert shelf.get(PATH) is shelf.get(b"/feeds/all%2Erss.xml")


def test_memory_is_bounded_and_the_least_asked_for_goes(tmp_path: Path, clock: SimpleNamespace) -> None:
    prepared = []
    for number in range(4):
        file = tmp_path / str(number)
        file.write_bytes(os.urandom(10_000 if number < 3 else 19_000))
        prepared.append(loaded(file))
    shelf = Shelf(budget=sum(one.size for one in prepared[:3]), clock=lambda: clock.now)
    for number in range(3):
        shelf.put(b"/%d" % number, prepared[number])
        assert shelf.get(b"/0")
    shelf.put(b"/3", prepared[3])
    assert [number for number in range(4) if shelf.get(b"/%d" % number)] == [0, 3]


def test_what_is_larger_than_all_of_it_is_still_served(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(5_000))
    shelf = Shelf(budget=10)
    shelf.put(PATH, loaded(file))
    assert shelf.get(PATH)


def test_a_time_to_come_is_not_told(shelf: Shelf, clock: SimpleNamespace, file: Path) -> None:
    """RFC 9110 §8.8.2.1; an earlier content had the present time."""
    later = time.time() + 30
    os.utime(file, (later, later))
    prepared = loaded(file)
    shelf.put(PATH, prepared)
    for answer in [*prepared.full.values(), *prepared.unchanged.values()]:
        assert b"last-modified" not in dict(answer.headers)
        assert b"etag" in dict(answer.headers)
    clock.now += 0.3
    assert shelf.get(PATH) is None, "looked at again until its second has come"


def test_small_changes_of_one_second_have_dates_of_their_own(tmp_path: Path) -> None:
    document = Document("all.rss.xml", "application/rss+xml", b"0")
    record: Written | None = None
    dates = []
    for number in range(5):
        record, wrote = publish(tmp_path, replace(document, body=b"%d" % number), record, replace=False)
        assert wrote
        dates.append((tmp_path / "all.rss.xml").stat().st_mtime_ns // 1_000_000_000)
    assert dates == sorted(set(dates))
    assert dates[-1] - time.time() < 6


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=6), st.data())
def test_no_answer_pairs_a_body_with_another_tag(
    tmp_path_factory: pytest.TempPathFactory, contents: list[str], data: st.DataObject
) -> None:
    public = tmp_path_factory.mktemp("public")
    clock = SimpleNamespace(now=0.0)
    shelf, record = Shelf(clock=lambda: clock.now), None
    seen: dict[bytes, bytes] = {}
    for letter in contents:
        body = letter.encode() * 2000
        record, _ = publish(public, Document("x.xml", "text/xml", body), record, replace=False)
        clock.now += data.draw(st.sampled_from([0.1, 0.3, 61.0]))
        prepared = shelf.get(PATH)
        if prepared is None:
            prepared = loaded(public / "x.xml", shelf.kept(str(public / "x.xml")))
            shelf.put(PATH, prepared)
        for answer in prepared.full.values():
            tag = dict(answer.headers)[b"etag"]
            assert seen.setdefault(tag, answer.body or b"") == answer.body


def test_documents_too_large_to_keep_have_their_tag_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = loaded(file)
    monkeypatch.setattr(shelves, "LARGEST", 10)
    large = loaded(file)
    assert large.tag == small.tag
    assert large.full["identity"].body is None
    assert dict(large.full["identity"].headers) == dict(small.full["identity"].headers)
