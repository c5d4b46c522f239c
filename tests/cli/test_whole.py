"""The command line on its real service: from init to a mail in a box."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import databases

Say = Callable[..., Any]


@pytest.mark.databases
def test_a_new_publication_goes_from_init_to_a_mail_in_the_box(
    say: Say, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert say("init").status == 0
    _edit("smtp://localhost:25", f"maildir://{tmp_path}/box")
    _post("old", "2025-01-01")
    assert say("check").status == 0
    built = json.loads(say("build", "--json").out)
    assert built["posts"]["visible"] == 1
    assert "feeds/all.rss.xml" in built["feeds"]["written"]
    assert say("subscribers", "add", "me@example.org", "--cadence", "each", "--confirmed").status == 0
    _post("new", "2025-02-02")
    assert say("tick").status == 0
    later = (datetime.now(UTC) + timedelta(minutes=11)).isoformat()
    assert json.loads(say("tick", "--now", later, "--json").out)["sent"] == 1
    (issue,) = json.loads(say("deliveries", "--json").out)
    assert (issue["audience"], issue["sent"]) == (1, 1)
    (delivery,) = json.loads(say("deliveries", str(issue["id"]), "--json").out)
    assert (delivery["email"], delivery["state"]) == ("me@example.org", "sent")
    assert len(os.listdir(tmp_path / "box" / "new")) == 1


def test_a_relay_that_is_away_ends_a_tick_with_1(say: Say, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert say("init").status == 0
    _edit("smtp://localhost:25", "smtp://127.0.0.1:1")
    _post("old", "2025-01-01")
    assert say("tick").status == 0
    assert say("subscribers", "add", "me@example.org").status == 0
    said = say("tick")
    assert said.status == 1
    assert "127.0.0.1:1" in said.err
    assert "Traceback" not in said.err


def _edit(old: str, new: str) -> None:
    file = Path("config/kawaraban.toml")
    databases.write(file, file.read_text(encoding="utf-8").replace(old, new))


def _post(name: str, date: str) -> None:
    Path(f"posts/{name}.md").write_text(f"---\ntitle: {name}\ndate: {date}\ncategories: [News]\n---\nText.\n")
