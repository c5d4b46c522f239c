"""Posts without a date have that of the commit which published them, and keep the first one that counted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feeds.posts import history
from feeds.posts.dialects.table import dialect_named
from feeds.posts.history import first_published
from feeds.service import Service

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None, reason="there is no git on this machine (apt-get install git)"
)

PUBLIC = dialect_named("zenn").published_line
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def git(root: Path, *arguments: str, day: str = "2025-01-01") -> None:
    moment = f"{day}T00:00:00+09:00"
    environment = {**os.environ, "GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)


def commit(root: Path, day: str) -> None:
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", day=day)


def write(root: Path, name: str, public: str = "true", text: str = "Text.") -> Path:
    file = root / "articles" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    front = f"title: {name}\nemoji: 🎉\ntype: tech\ntopics: [x]\npublished: {public}\n"
    file.write_text(f"---\n{front}---\n{text}\n", encoding="utf-8")
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of Zenn's that is a git work tree."""
    git(tmp_path, "init", "-q")
    (tmp_path / "kawaraban.toml").write_text(
        '[site]\ntitle = "T"\nurl = "https://zenn.dev/me"\nlanguage = "ja"\ntimezone = "Asia/Tokyo"\n'
        '[posts]\nfolder = "articles"\n[feeds]\nformats = ["json"]\n',
        encoding="utf-8",
    )
    return tmp_path


def days(root: Path) -> dict[str, str]:
    found = first_published(root / "articles", PUBLIC)
    return {path: f"{moment + timedelta(hours=9):%Y-%m-%d}" for path, moment in found.items()}


def test_the_commit_that_made_a_file_public_counts_through_renames(root: Path) -> None:
    write(root, "one", "false")
    write(root, "draft", "false")
    commit(root, "2025-01-01")
    write(root, "one", "true  # at last")
    commit(root, "2025-02-01")
    write(root, "記事 二", '"true"', text="Other words.")
    commit(root, "2025-03-01")
    git(root, "mv", "articles/one.md", "articles/two.md")
    commit(root, "2025-04-01")
    write(root, "two", text="Changed.")
    commit(root, "2025-05-01")
    write(root, "one", text="A new one under an old name.")
    commit(root, "2025-06-01")
    write(root, "waiting")
    assert days(root) == {"two.md": "2025-02-01", "記事 二.md": "2025-03-01", "one.md": "2025-06-01"}


def test_where_git_knows_nothing_there_is_nothing(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    write(root, "one")
    assert days(root) == {}  # no commit yet
    commit(root, "2025-01-01")
    git(root, "commit", "-q", "--allow-empty", "-m", "y", day="2025-02-01")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    git(elsewhere, "clone", "-q", "--depth", "1", f"file://{root}", "shallow")
    assert first_published(elsewhere / "shallow" / "articles", PUBLIC) == {}
    (elsewhere / "plain").mkdir()
    assert first_published(elsewhere / "plain", PUBLIC) == {}
    assert first_published(elsewhere / "nowhere", PUBLIC) == {}


def test_a_history_is_read_once_for_each_commit(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "one")
    commit(root, "2025-01-01")
    asked = []

    def counted(folder: Path, deadline: float, *arguments: str, ask: object = history._git) -> str:
        asked.append(arguments[0])
        return ask(folder, deadline, *arguments)  # type: ignore[operator, no-any-return]

    monkeypatch.setattr(history, "_git", counted)
    assert days(root) == days(root)
    assert asked == ["rev-parse", "log", "log", "rev-parse"]


def test_a_history_that_takes_too_long_is_given_up(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(root, "one")
    commit(root, "2025-01-01")
    monkeypatch.setenv("PATH", f"{root}:{os.environ['PATH']}")
    (root / "git").write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    (root / "git").chmod(0o755)
    monkeypatch.setattr(history, "LONGEST", 0.2)
    began = time.monotonic()
    assert first_published(root / "articles", PUBLIC) == {}
    assert time.monotonic() - began < 40  # and not 60, however busy the machine is


def test_inside_a_hook_the_folders_own_repository_is_asked(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "one")
    commit(root, "2025-01-01")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert days(root) == {"one.md": "2025-01-01"}


def entries(root: Path) -> dict[str, dict[str, str]]:
    feed = json.loads((root / "public" / "feeds" / "all.json").read_bytes())
    return {entry["title"]: entry for entry in feed["items"]}


def build(root: Path, now: datetime) -> None:
    with Service.open(root / "kawaraban.toml", now=now) as service:
        service.build()


def test_a_post_keeps_its_id_and_the_first_date_that_counted(root: Path) -> None:
    write(root, "committed")
    commit(root, "2025-02-01")
    fresh = write(root, "fresh")
    os.utime(fresh, (1e9, 1e9))
    build(root, NOON)
    before = entries(root)
    assert before["committed"]["date_published"] == "2025-01-31T15:00:00+00:00"
    assert before["fresh"]["date_published"] == "2026-11-23T12:00:00+00:00"  # never the time of the file
    assert before["fresh"]["id"] == "https://zenn.dev/me/articles/fresh"
    write(root, "fresh", text="Changed, and committed later.")
    commit(root, "2026-12-01")
    build(root, NOON + timedelta(days=30))
    assert entries(root)["fresh"]["id"] == before["fresh"]["id"]
    assert entries(root)["fresh"]["date_published"] == before["fresh"]["date_published"]
    write(root, "fresh", public="true\npublished_at: 2026-11-24 09:00")
    build(root, NOON + timedelta(days=31))
    assert entries(root)["fresh"]["id"] == before["fresh"]["id"]
    assert entries(root)["fresh"]["date_published"] == "2026-11-24T00:00:00+00:00"


def test_an_id_does_not_hang_on_a_date_that_was_guessed(root: Path) -> None:
    write(root, "one")
    build(root, NOON)
    before = entries(root)["one"]
    commit(root, "2025-02-01")
    shutil.rmtree(root / ".kawaraban")
    shutil.rmtree(root / "public")
    build(root, NOON + timedelta(days=1))
    after = entries(root)["one"]
    assert (before["id"], before["date_published"]) != (after["id"], after["date_published"])
    assert before["id"] == after["id"]


def test_qiitas_articles_keep_the_earliest_date_and_tell_the_last_change(root: Path) -> None:
    text = (root / "kawaraban.toml").read_text("utf-8")
    (root / "kawaraban.toml").write_text(text.replace("articles", "public2"), encoding="utf-8")
    (root / "qiita.config.json").write_text("{}", encoding="utf-8")
    (root / "public2").mkdir()

    def put(day: str) -> None:
        front = f"title: Q\nid: 0123456789abcdef0123\nprivate: false\nupdated_at: '{day}T00:00:00+09:00'\n"
        (root / "public2" / "q.md").write_text(f"---\n{front}---\nText.\n", encoding="utf-8")

    put("2025-03-01")
    build(root, NOON)
    before = entries(root)["Q"]
    put("2025-06-01")
    build(root, NOON + timedelta(days=1))
    after = entries(root)["Q"]
    assert after["id"] == before["id"] == "0123456789abcdef0123"
    assert after["date_published"] == before["date_published"] == "2025-02-28T15:00:00+00:00"
    assert after["date_modified"] == "2025-05-31T15:00:00+00:00"


def test_check_names_what_counts_instead_of_a_date(root: Path) -> None:
    write(root, "one")
    commit(root, "2025-02-01")
    write(root, "two")
    write(root, "three")
    with Service.open(root / "kawaraban.toml", now=NOON) as service:
        found = {finding.file: finding for finding in service.check().findings if finding.key == "date"}
    assert not any(finding.severe for finding in found.values())
    assert "of the commit which published it, 2025-02-01 counts" in found["one.md"].message
    assert "of first sight" in found["three.md"].message
    assert "1 more" in found["three.md"].message
