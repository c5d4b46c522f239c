"""backup and restored, on the real service."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Say = Callable[..., Any]

pytestmark = pytest.mark.sqlite("kawaraban backup; tests/actions/test_copies_postgres.py is about pg_dump")


@pytest.fixture
def site(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A publication with a reader, whose only post is old."""
    monkeypatch.chdir(tmp_path)
    assert say("init").status == 0
    file = Path("config/kawaraban.toml")
    text = file.read_text(encoding="utf-8").replace("smtp://localhost:25", f"maildir://{tmp_path}/box")
    file.write_text(text, encoding="utf-8")
    _post("old")
    assert say("subscribers", "add", "me@example.org", "--cadence", "each", "--confirmed").status == 0
    assert say("tick").status == 0
    return tmp_path


def _post(name: str) -> None:
    Path(f"posts/{name}.md").write_text(
        f"---\ntitle: {name}\ndate: 2025-01-01\n---\nText.\n", encoding="utf-8"
    )


def _put_back(file: str) -> None:
    """As the README says."""
    Path(".kawaraban").rename("kawaraban.old")
    Path(".kawaraban").mkdir(mode=0o700)
    shutil.copy(file, ".kawaraban/kawaraban.sqlite3")


def test_a_backup_says_what_is_in_it_and_what_is_not(say: Say, site: Path) -> None:
    said = say("backup")
    assert said.status == 0
    (file,) = Path(".kawaraban/backups").iterdir()
    assert f"{site / file}: {file.stat().st_size:,} bytes, 1 reader" in said.out
    assert "the key that signs links" in said.out
    assert str(site / "config" / "kawaraban.toml") in said.out
    told = json.loads(say("backup", "b", "--json").out)
    assert (told["file"], told["readers"]) == (str(site / "b"), 1)
    again = say("backup", "b")
    assert again.status == 2
    assert "--replace" in again.err
    assert say("backup", "b", "--replace").status == 0


def test_a_restored_copy_mails_when_it_was_told_to(say: Say, site: Path) -> None:
    assert say("restored").status == 0
    assert say("restored", "--moved").status == 2
    assert say("backup", "b").status == 0
    _put_back("b")
    _post("new")
    later = (datetime.now(UTC) + timedelta(minutes=11)).isoformat()
    refused = say("tick", "--now", later)
    assert refused.status == 1
    assert str(site / ".kawaraban" / "kawaraban.sqlite3") in refused.err
    assert "`kawaraban restored`" in refused.err
    for verb in ("deliveries", "plan"):
        shown = say(verb)
        assert shown.status == 0
        assert "nothing is mailed: this database is a copy: it is the backup of" in shown.err
    checked = say("check")
    assert checked.status == 1
    assert "kawaraban.sqlite3: nothing is mailed: this database is a copy" in checked.out
    told = say("restored")
    assert told.status == 1
    for words in ("it is the backup of 20", "new.md", "--send-from-now", "subscribers remove"):
        assert words in told.out
    shown = json.loads(say("restored", "--json").out)
    assert (shown["copy"], shown["posts"], shown["deliveries"], shown["decided"]) == (True, ["new.md"], 0, "")
    assert say("restored", "--send-from-now", "--moved").status == 2
    assert say("test-send", "me@example.org").status == 1
    accepted = say("restored", "--send-from-now")
    assert accepted.status == 0
    assert say("check").status == 0
    assert say("plan").err == ""
    assert "counts as sent" in accepted.out
    assert json.loads(say("tick", "--now", later, "--json").out)["sent"] == 0
    assert say("restored").out == "this database is no copy: nothing keeps it from mailing\n"
    assert json.loads(say("restored", "--json").out) == {"copy": False}


def test_another_signing_key_is_told_before_it_is_decided(say: Say, site: Path) -> None:
    assert say("backup", "b").status == 0
    _put_back("b")
    key = Path(".kawaraban/signing.key")
    key.write_text("00" * 32, encoding="ascii")
    key.chmod(0o600)
    assert "links in mails that it sent do not work" in say("restored").err
    key.unlink()
    assert say("restored").err == ""
    assert key.read_text("ascii") == Path("kawaraban.old/signing.key").read_text("ascii")
