"""Documents become files whole or not at all, and over nothing that is not ours."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feeds.errors import ForeignFile, PublishError
from feeds.model.feed import Document
from feeds.syndication.durable import sync
from feeds.syndication.output import publish, write_draft
from feeds.syndication.ownership import Written, entity_tag, untouched

PATH = "feeds/category/ai技術ガイド.rss.xml"
OLD = Document(PATH, "application/rss+xml", b"<rss>old</rss>")
NEW = Document(PATH, "application/rss+xml", b"<rss>new, and longer</rss>")


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


def put(public: Path, document: Document, known: Written | None = None) -> Written:
    return publish(public, document, known, replace=False)[0]


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


# Writing ----------------------------------------------------------------------------------------


def test_a_document_is_written_with_its_folders(public: Path) -> None:
    written, wrote = publish(public, OLD, None, replace=False)
    file = public / PATH
    assert wrote
    assert file.read_bytes() == OLD.body
    assert written == Written(PATH, len(OLD.body), file.stat().st_mtime_ns, entity_tag(OLD.body))
    assert names(file.parent) == [file.name]


def test_everybody_may_read_it_whatever_the_umask(public: Path) -> None:
    before = os.umask(0o077)
    try:
        put(public, OLD)
    finally:
        os.umask(before)
    assert stat.S_IMODE((public / PATH).stat().st_mode) == 0o644


def test_another_document_takes_the_place_of_ours(public: Path) -> None:
    written, wrote = publish(public, NEW, put(public, OLD), replace=False)
    assert wrote
    assert (public / PATH).read_bytes() == NEW.body
    assert written.etag == entity_tag(NEW.body)


def test_the_same_bytes_leave_the_file_untouched(public: Path) -> None:
    known = put(public, OLD)
    before = (public / PATH).stat()
    assert publish(public, OLD, known, replace=False) == (known, False)
    assert (public / PATH).stat() == before


def test_a_lost_record_is_found_again_by_the_same_bytes(public: Path) -> None:
    known = put(public, OLD)
    assert publish(public, OLD, None, replace=False) == (known, False)


def test_a_touched_file_is_still_ours(public: Path) -> None:
    known = put(public, OLD)
    os.utime(public / PATH, (1, 1))
    assert not untouched(public, known)
    assert publish(public, OLD, known, replace=False) == (Written(PATH, known.size, 10**9, known.etag), False)
    assert publish(public, NEW, known, replace=False)[1]


def test_a_deleted_file_is_written_again(public: Path) -> None:
    known = put(public, OLD)
    (public / PATH).unlink()
    assert not untouched(public, known)
    assert publish(public, OLD, known, replace=False)[1]


def test_an_untouched_file_is_known_by_size_and_time(public: Path) -> None:
    assert untouched(public, put(public, OLD))


def test_another_content_has_another_second_as_its_time(public: Path) -> None:
    """Web servers send it as Last-Modified, which has whole seconds."""
    known = put(public, OLD)
    for letter in b"abc":
        before = known.mtime_ns // 10**9
        known = put(public, Document(PATH, "text/xml", bytes([letter])), known)
        assert known.mtime_ns == (public / PATH).stat().st_mtime_ns
        assert known.mtime_ns // 10**9 > before
        assert untouched(public, known)


def test_a_deleted_file_comes_back_with_a_later_time(public: Path) -> None:
    known = put(public, OLD)
    (public / PATH).unlink()
    assert put(public, NEW, known).mtime_ns // 10**9 > known.mtime_ns // 10**9


def test_a_time_that_a_wrong_clock_gave_is_not_followed(public: Path) -> None:
    known = put(public, OLD)
    future = 2_240_000_000 * 10**9  # 2040
    os.utime(public / PATH, ns=(future, future))
    assert put(public, NEW, known).mtime_ns < future


# Files of others --------------------------------------------------------------------------------


def test_a_file_of_somebody_else_stays_and_is_named(public: Path) -> None:
    file = public / PATH
    file.parent.mkdir(parents=True)
    file.write_text("by hand")
    with pytest.raises(ForeignFile, match=r"ai技術ガイド\.rss\.xml.*build --replace"):
        publish(public, OLD, None, replace=False)
    assert file.read_text() == "by hand"
    assert names(file.parent) == [file.name]


def test_our_file_edited_by_hand_is_somebody_elses(public: Path) -> None:
    known = put(public, OLD)
    (public / PATH).write_bytes(b"<rss>0ld</rss>")
    with pytest.raises(ForeignFile):
        publish(public, NEW, known, replace=False)


def test_replacing_keeps_a_copy(public: Path) -> None:
    file = public / PATH
    file.parent.mkdir(parents=True)
    file.write_text("by hand")
    assert publish(public, OLD, None, replace=True)[1]
    assert file.read_bytes() == OLD.body
    assert (file.parent / (file.name + ".before-kawaraban")).read_text() == "by hand"


def test_a_second_copy_leaves_the_first_alone(public: Path) -> None:
    file = public / PATH
    file.parent.mkdir(parents=True)
    for words in ("first", "second"):
        file.write_text(words)
        publish(public, OLD, None, replace=True)
    kept = [file.parent / (file.name + end) for end in (".before-kawaraban", ".before-kawaraban-2")]
    assert [copy.read_text() for copy in kept] == ["first", "second"]


def test_replacing_keeps_no_copy_of_our_own_file(public: Path) -> None:
    publish(public, NEW, put(public, OLD), replace=True)
    assert names((public / PATH).parent) == [(public / PATH).name]


def test_a_file_that_a_killed_run_left_is_ours(public: Path) -> None:
    known = put(public, OLD)
    put(public, NEW, known)  # and the run is killed before it can keep the record
    third = Document(PATH, "application/rss+xml", b"<rss>third</rss>")
    with pytest.raises(ForeignFile):
        publish(public, third, known, replace=False)
    assert publish(public, third, known, replace=False, intended=(entity_tag(NEW.body),))[1]


def test_a_link_is_never_written_through(public: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "precious.xml"
    elsewhere.write_bytes(OLD.body)
    file = public / PATH
    file.parent.mkdir(parents=True)
    file.symlink_to(elsewhere)
    for document in (OLD, NEW):
        with pytest.raises(ForeignFile):
            publish(public, document, None, replace=False)
    publish(public, NEW, None, replace=True)
    assert elsewhere.read_bytes() == OLD.body
    assert not file.is_symlink()
    assert (file.parent / (file.name + ".before-kawaraban")).readlink() == elsewhere


def test_a_folder_in_the_way_is_an_error_even_with_replace(public: Path) -> None:
    (public / PATH).mkdir(parents=True)
    with pytest.raises(PublishError, match="a folder stands"):
        publish(public, OLD, None, replace=True)


# Paths ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["../a.xml", "/etc/a.xml", "feeds/../../a.xml", "", ".", "feeds//a.xml", "feeds/", "a\0b", ".."]
)
def test_a_path_may_not_leave_the_public_folder(public: Path, path: str) -> None:
    with pytest.raises(PublishError, match="no path inside"):
        publish(public, Document(path, "text/xml", b"x"), None, replace=True)
    assert not public.exists()


def test_a_linked_folder_may_not_lead_out(public: Path, tmp_path: Path) -> None:
    public.mkdir()
    (tmp_path / "outside").mkdir()
    (public / "feeds").symlink_to(tmp_path / "outside")
    with pytest.raises(PublishError, match="leads out"):
        publish(public, OLD, None, replace=True)
    assert names(tmp_path / "outside") == []


def test_the_public_folder_itself_may_be_a_link(public: Path, tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    public.symlink_to(tmp_path / "www")
    put(public, OLD)
    assert (tmp_path / "www" / PATH).read_bytes() == OLD.body


def test_a_file_where_a_folder_should_be_is_named(public: Path) -> None:
    public.mkdir()
    (public / "feeds").write_text("a file")
    with pytest.raises(PublishError, match="cannot be written"):
        publish(public, OLD, None, replace=True)


def test_a_name_that_the_disk_refuses_is_named(public: Path) -> None:
    with pytest.raises(PublishError, match="too long"):
        publish(public, Document("あ" * 100, "text/xml", b"x"), None, replace=False)


# Trouble ----------------------------------------------------------------------------------------


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("only root can mount a small disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_write_that_fails_leaves_the_old_file_whole(public: Path) -> None:
    known = put(public, OLD)
    with (
        files_limited_to(1000),
        pytest.raises(PublishError, match=r"ai技術ガイド\.rss\.xml: cannot be written: File too"),
    ):
        publish(public, Document(PATH, "text/xml", bytes(100_000)), known, replace=False)
    assert (public / PATH).read_bytes() == OLD.body
    assert untouched(public, known)
    assert names((public / PATH).parent) == [(public / PATH).name]


def test_a_full_disk_leaves_the_old_file_whole(tiny_disk: Path) -> None:
    known = put(tiny_disk, OLD)
    with pytest.raises(PublishError, match="No space left on device"):
        publish(tiny_disk, Document(PATH, "text/xml", os.urandom(100_000)), known, replace=False)
    assert (tiny_disk / PATH).read_bytes() == OLD.body
    assert names((tiny_disk / PATH).parent) == [(tiny_disk / PATH).name]
    assert publish(tiny_disk, NEW, known, replace=False)[1]


def test_readers_never_see_half_a_file(public: Path) -> None:
    bodies = [bytes([letter]) * 300_000 for letter in b"ab"]
    known = put(public, Document(PATH, "text/xml", bodies[0]))
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add((public / PATH).read_bytes())

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(60):
        known = put(public, Document(PATH, "text/xml", bodies[turn % 2]), known)
    done.set()
    for reader in readers:
        reader.join()
    assert seen <= set(bodies)


def test_a_run_killed_while_it_writes_leaves_the_old_file_and_no_rubbish_for_long(public: Path) -> None:
    known = put(public, OLD)
    killed = """
import os, signal, sys
from pathlib import Path
from feeds.model.feed import Document
from feeds.syndication import output
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
output.publish(Path(sys.argv[1]), Document(sys.argv[2], "text/xml", b"x" * 1000), None, replace=True)
"""
    ran = subprocess.run(
        [sys.executable, "-c", killed, str(public), PATH], check=False, cwd=Path(__file__).parents[2]
    )
    assert ran.returncode == -9
    folder = (public / PATH).parent
    assert (public / PATH).read_bytes() == OLD.body
    assert any(name.startswith(".kawaraban-") for name in names(folder))
    publish(public, NEW, known, replace=False)
    sync(public, [PATH])
    assert (public / PATH).read_bytes() == NEW.body
    assert [name for name in names(folder) if name.startswith(".kawaraban-")] == []


def test_a_file_that_another_process_writes_is_left_to_it(public: Path) -> None:
    put(public, OLD)
    theirs = (public / PATH).parent / f".kawaraban-{os.getppid()}.tmp"
    theirs.write_text("half")
    sync(public, [PATH])
    assert theirs.exists()


# Drafts -----------------------------------------------------------------------------------------


def test_a_draft_is_seen_by_nobody_and_takes_its_place_as_it_is(public: Path) -> None:
    known = put(public, OLD)
    draft = write_draft(public, NEW, known)
    assert (public / PATH).read_bytes() == OLD.body
    written, wrote = publish(public, draft, known, replace=False)
    assert wrote
    assert draft.status
    assert (public / PATH).stat().st_ino == draft.status.st_ino
    assert written.mtime_ns // 10**9 > known.mtime_ns // 10**9
    assert untouched(public, written)
    assert names((public / PATH).parent) == [(public / PATH).name]


def test_a_draft_is_written_anew_where_another_file_stands_by_then(public: Path) -> None:
    known = put(public, OLD)
    draft = write_draft(public, NEW, known)
    between = put(public, Document(PATH, "text/xml", b"between"), known)
    written, _ = publish(public, draft, between, replace=False)
    assert (public / PATH).read_bytes() == NEW.body
    assert written.mtime_ns // 10**9 > between.mtime_ns // 10**9
    assert names((public / PATH).parent) == [(public / PATH).name]


def test_a_draft_does_not_take_the_place_of_a_file_that_is_not_ours(public: Path) -> None:
    (public / PATH).parent.mkdir(parents=True)
    (public / PATH).write_bytes(b"somebody's")
    with pytest.raises(ForeignFile):
        publish(public, write_draft(public, NEW, None), None, replace=False)
    assert names((public / PATH).parent) == [(public / PATH).name]
    assert (public / PATH).read_bytes() == b"somebody's"


def test_no_draft_is_written_of_what_stands_there_already(public: Path) -> None:
    known = put(public, OLD)
    draft = write_draft(public, OLD, known)
    assert draft.temporary is None
    assert publish(public, draft, known, replace=False) == (known, False)
    (public / PATH).unlink()
    with pytest.raises(PublishError, match="changed just now"):
        publish(public, draft, known, replace=False)


def test_a_draft_that_could_not_be_written_says_so_when_it_is_published(public: Path) -> None:
    public.write_text("a file")
    draft = write_draft(public, NEW, None)
    with pytest.raises(PublishError, match="cannot be written"):
        publish(public, draft, None, replace=False)


def test_the_draft_of_another_process_stays_while_the_one_that_publishes_it_runs(public: Path) -> None:
    draft = write_draft(public, NEW, None, process=os.getppid())
    put(public, Document("feeds/category/other.xml", "text/xml", b"x"))
    sync(public, ["feeds/category/other.xml"])
    assert publish(public, draft, None, replace=False)[1]


def test_names_in_a_folder_that_vanished_cannot_be_durable(public: Path) -> None:
    with pytest.raises(PublishError, match="cannot be made durable"):
        sync(public, [PATH])
