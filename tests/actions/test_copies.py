"""A copy of an installation mails nobody until its owner says what the original may have sent."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.actions.restored import Choice
from feeds.errors import RestoredCopy, UsageError
from feeds.model.issue import DeliveryState
from feeds.model.subscriber import Cadence
from feeds.newsletter.tokens import Purpose
from feeds.service import Service
from tests.machine.world import address, read_mail

pytestmark = pytest.mark.sqlite("copies of it; test_copies_postgres.py is about the others")

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SETTLED = timedelta(minutes=11)

_CONFIG = """\
[site]
title = "T"
url = "https://example.org"
[mail]
from = "T <t@example.org>"
smtp = "maildir://{box}"
[newsletter]
hold_above = 4
"""


class Home:
    """A folder with posts, state and a mailbox; every verb is a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, NOON
        (folder / "config").mkdir(parents=True)
        (folder / "posts").mkdir()
        self.config = folder / "config" / "kawaraban.toml"
        self.config.write_text(_CONFIG.format(box=folder / "box"), encoding="utf-8")
        self._read: set[str] = set()

    @property
    def state(self) -> Path:
        return self.folder / ".kawaraban"

    @property
    def database(self) -> Path:
        return self.state / "kawaraban.sqlite3"

    def service(self) -> Service:
        return Service.open(self.config, now=self.now, environ={})

    def tick(self) -> None:
        with self.service() as service:
            service.tick()

    def write(self, *numbers: int) -> None:
        for number in numbers:
            date = f"{self.now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
            text = f"---\ntitle: mark{number}x\ndate: {date}\n---\nBody {number}.\n"
            (self.folder / "posts" / f"p{number}.md").write_text(text, encoding="utf-8")

    def publish(self, *numbers: int) -> None:
        """The posts are written, and mailed once they have settled."""
        self.write(*numbers)
        self.tick()
        self.now += SETTLED
        self.tick()

    def join(self, *names: str) -> None:
        with self.service() as service:
            for name in names:
                service.add_subscriber(address(name), cadence=Cadence.EACH, confirmed=True)

    def mails(self) -> list[tuple[str, tuple[int, ...]]]:
        """Who got which posts since the last question."""
        new = self.folder / "box" / "new"
        files = (
            [file for file in sorted(new.iterdir()) if file.name not in self._read] if new.is_dir() else []
        )
        self._read |= {file.name for file in files}
        found = []
        for file in files:
            body = file.read_bytes()
            to = next(line for line in body.splitlines() if line.lower().startswith(b"to:"))
            found.append((to.decode().partition(":")[2].strip().partition("@")[0], read_mail(body).markers))
        return sorted(found)

    def backup(self) -> Path:
        with self.service() as service:
            return service.backup(None).file

    def put_back(self, file: Path) -> None:
        """As the README says: into a state folder that is new."""
        content = file.read_bytes()
        self.state.rename(self.folder / "old")
        self.state.mkdir(mode=0o700)
        self.database.write_bytes(content)

    def refuses(self, why: str) -> None:
        with self.service() as service, pytest.raises(RestoredCopy, match=why):
            service.tick()
        assert self.mails() == []

    def accept(self, choice: Choice) -> None:
        with self.service() as service:
            service.take_into_use(choice)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Three readers, and an archive of one post."""
    home = Home(tmp_path / "home")
    home.write(1)
    home.tick()
    home.join("ann", "bob", "cem")
    home.now += timedelta(minutes=1)
    return home


ALL_OF_2 = [("ann", (2,)), ("bob", (2,)), ("cem", (2,))]


# How a copy is known --------------------------------------------------------------------------------


def _whole_folder(home: Home) -> None:
    kept = home.folder / "kept"
    shutil.copytree(home.state, kept)
    shutil.rmtree(home.state)
    shutil.copytree(kept, home.state)


def _one_by_one_in_place(home: Home) -> None:
    kept = {file.name: (file.read_bytes(), file.stat()) for file in home.state.iterdir() if file.is_file()}
    home.publish(2)
    home.mails()
    for name, (content, status) in kept.items():
        (home.state / name).write_bytes(content)
        os.utime(home.state / name, ns=(status.st_atime_ns, status.st_mtime_ns))


def _database_alone_later(home: Home) -> None:
    content = home.database.read_bytes()
    home.publish(2)
    home.mails()
    home.database.write_bytes(content)


def _database_alone_at_once(home: Home) -> None:
    shutil.copy(home.database, home.folder / "kept")
    (home.folder / "kept").rename(home.database)


def _database_elsewhere(home: Home) -> None:
    home.state.rename(home.folder / "old")
    home.state.mkdir()
    shutil.copy(home.folder / "old" / "kawaraban.sqlite3", home.database)


def _from_backup(home: Home) -> None:
    home.put_back(home.backup())


def _from_backup_over_it(home: Home) -> None:
    content = home.backup().read_bytes()
    home.publish(2)
    home.mails()
    home.database.write_bytes(content)


COPIES = {
    "the whole folder": (_whole_folder, "state folder was copied|not where"),
    "each file in its place": (_one_by_one_in_place, "state folder was copied"),
    "the database, after mails": (_database_alone_later, "knows nothing of"),
    "the database, at once": (_database_alone_at_once, "not where it was"),
    "the database in a new folder": (_database_elsewhere, "not where it was|without the rest"),
    "a backup in a new folder": (_from_backup, "backup of 2026-11-23 12:01"),
    "a backup over the database": (_from_backup_over_it, "backup of 2026-11-23 12:01"),
}


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_mails_nobody_and_goes_on_with_feeds(home: Home, way: str) -> None:
    copy, why = COPIES[way]
    copy(home)
    home.now = max(home.now, NOON + timedelta(hours=1))
    home.write(3)
    home.refuses(why)
    home.now += SETTLED
    home.refuses(why)
    with home.service() as service:
        assert service.compose() == ()
        with pytest.raises(RestoredCopy):
            service.deliver()
        with pytest.raises(RestoredCopy):
            service.test_send(address("ann"), ())
        with pytest.raises(RestoredCopy, match=str(home.database)):
            service.resume(1)
    assert "mark3x" in (home.folder / "public" / "feeds" / "all.json").read_text(encoding="utf-8")
    home.accept(Choice.FROM_NOW)
    home.tick()
    assert home.mails() == []
    home.publish(4)
    assert home.mails() == [("ann", (4,)), ("bob", (4,)), ("cem", (4,))]


def _nothing(home: Home) -> None:
    pass


def _moved_on_the_disk(home: Home) -> None:
    home.state.rename(home.folder / "aside")
    home.state.mkdir()
    home.state.rmdir()
    (home.folder / "aside").rename(home.state)


def _other_rights(home: Home) -> None:
    for file in home.state.iterdir():
        file.chmod(0o600)


def _optimised(home: Home) -> None:
    with closing(sqlite3.connect(home.database)) as connection:
        connection.execute("VACUUM")


@pytest.mark.parametrize("event", [_nothing, _moved_on_the_disk, _other_rights, _optimised])
def test_what_is_no_copy_mails_as_always(home: Home, event: Callable[[Home], None]) -> None:
    home.publish(2)
    event(home)
    assert home.mails() == ALL_OF_2
    home.publish(3)
    assert home.mails() == [("ann", (3,)), ("bob", (3,)), ("cem", (3,))]
    with home.service() as service:
        assert service.restored() is None
        with pytest.raises(UsageError, match="no copy"):
            service.take_into_use(Choice.MOVED)


def test_a_new_database_in_an_old_folder_is_no_copy(home: Home) -> None:
    home.database.unlink()
    home.tick()
    home.join("ann")
    home.publish(2)
    assert home.mails() == [("ann", (2,))]


def test_a_crash_between_the_two_writes_of_a_step_is_no_copy(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.publish(2)
    home.mails()

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("feeds.actions.instance.os.replace", cut)
        with home.service() as service, pytest.raises(KeyboardInterrupt):
            service.deliver()
    home.publish(3)
    assert home.mails() == [("ann", (3,)), ("bob", (3,)), ("cem", (3,))]


# What is decided ----------------------------------------------------------------------------------


@pytest.fixture
def restored(home: Home) -> Home:
    """Issue 1 waits in a backup; the original sent it and post 3 after that, and took a sign-up."""
    home.write(2)
    home.tick()
    home.now += SETTLED
    with home.service() as service:
        service.build()
        assert service.compose() == (1,)
        service.subscribe(address("dan"), topics=(), cadence=Cadence.EACH, language="en")
    file = home.backup()
    home.tick()
    home.publish(3)
    home.join("eve")
    assert [m for m in home.mails() if m[1]] == sorted(ALL_OF_2 + [(n, (3,)) for n, _ in ALL_OF_2])
    home.put_back(file)
    return home


def test_what_is_to_be_decided_is_told(restored: Home) -> None:
    with restored.service() as service:
        found = service.restored()
        assert found is not None
        doubtful = found.doubtful
        assert (doubtful.deliveries, doubtful.notices, doubtful.posts) == (3, 1, ("p3.md",))
        assert not found.another_key
    restored.refuses("backup")


def test_from_now_on_nobody_gets_anything_twice(restored: Home) -> None:
    restored.accept(Choice.FROM_NOW)
    restored.tick()
    assert restored.mails() == []
    with restored.service() as service:
        issue = service.issue(1)
        assert (issue.state, issue.counts[DeliveryState.UNKNOWN], issue.audience) == ("finished", 3, 3)
    restored.publish(4)
    assert restored.mails() == [(name, (4,)) for name, _ in ALL_OF_2]


def test_what_was_under_way_can_go_out_again_and_nothing_else(restored: Home) -> None:
    restored.accept(Choice.AGAIN)
    restored.tick()
    with restored.service() as service:
        issue = service.issue(1)
        assert (issue.state, issue.counts[DeliveryState.SENT], issue.audience) == ("finished", 3, 3)
    assert restored.mails() == []  # the mailbox has these already: same Message-ID, same name
    restored.publish(4)
    assert restored.mails() == [(name, (4,)) for name, _ in ALL_OF_2]


def test_a_copy_that_was_moved_goes_on_where_the_original_stopped(home: Home) -> None:
    home.write(2)
    home.tick()
    home.now += SETTLED
    _whole_folder(home)
    home.refuses("copied")
    home.accept(Choice.MOVED)
    home.tick()
    assert home.mails() == ALL_OF_2


def test_posts_that_came_in_numbers_while_it_was_a_copy_are_not_new(home: Home) -> None:
    home.put_back(home.backup())
    home.now += timedelta(days=30)
    home.write(*range(10, 20))
    home.refuses("backup")
    home.now += SETTLED
    home.refuses("backup")
    with home.service() as service:
        assert len(service.held()) == 10
    home.accept(Choice.FROM_NOW)
    with home.service() as service:
        assert service.held() == ()
    home.tick()
    assert home.mails() == []


def test_whoever_asked_the_copy_gets_their_confirmation(restored: Home) -> None:
    restored.now += timedelta(hours=1)
    with restored.service() as service:
        service.subscribe(address("fay"), topics=(), cadence=Cadence.EACH, language="en")
    restored.accept(Choice.FROM_NOW)
    restored.tick()
    assert restored.mails() == [("fay", ())]


def test_numbers_that_stand_in_links_and_message_ids_are_not_given_again(restored: Home) -> None:
    restored.accept(Choice.FROM_NOW)
    with closing(sqlite3.connect(restored.folder / "old" / "kawaraban.sqlite3")) as original:
        last = {table: original.execute(f"SELECT max(key) FROM {table}").fetchone()[0] for table in TABLES}
    restored.join("gil")
    with restored.service() as service:
        service.subscribe(address("hal"), topics=(), cadence=Cadence.EACH, language="en")
    restored.publish(4)
    with closing(sqlite3.connect(restored.database)) as copy:
        for table in TABLES:
            first_new = copy.execute(f"SELECT max(key) FROM {table}").fetchone()[0]
            assert first_new > last[table] + 1000, table


TABLES = ("subscribers", "issues", "notices")


def test_links_in_mails_of_the_original_go_on_working(restored: Home) -> None:
    newest = max((restored.folder / "box" / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
    token = read_mail(newest.read_bytes()).links["unsubscribe"]
    with restored.service() as service:
        assert service._bearer(token, Purpose.UNSUBSCRIBE).state == "confirmed"
    assert (restored.state / "signing.key").stat().st_mode & 0o077 == 0
    restored.accept(Choice.FROM_NOW)
    with closing(sqlite3.connect(restored.database)) as copy:
        assert copy.execute("SELECT count(*) FROM state WHERE name = 'carried_key'").fetchone() == (0,)


# The file ---------------------------------------------------------------------------------------


def test_a_backup_is_one_file_for_its_owner_that_replaces_nothing_unasked(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "b.sqlite3"
    with home.service() as service:
        made = service.backup(file)
        assert (made.file, made.readers, made.size) == (file, 3, file.stat().st_size)
        assert file.stat().st_mode & 0o777 == 0o600
        assert os.listdir(file.parent) == ["b.sqlite3"]
        with pytest.raises(UsageError, match="there is a file already"):
            service.backup(file)
        with pytest.raises(UsageError, match="public folder"):
            service.backup(home.folder / "public" / "b.sqlite3")
        home.join("dan")
        assert service.backup(file, replace=True).readers == 4
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_backup_of_a_copy_knows_no_more_than_the_copy(home: Home) -> None:
    home.put_back(home.backup())
    home.now += timedelta(days=1)
    again = home.backup()
    shutil.rmtree(home.folder / "old")
    home.put_back(again)
    home.refuses("backup of 2026-11-23 12:01")


def test_there_is_nothing_to_back_up_before_the_first_scan(tmp_path: Path) -> None:
    with Home(tmp_path / "new").service() as service, pytest.raises(UsageError, match="no database yet"):
        service.backup(None)
