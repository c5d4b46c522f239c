"""bounces, receive and subscribers allow, on the real service and through a real pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feeds.config import load
from feeds.newsletter.tokens import Signer
from tests.bounces.samples import report

Say = Callable[..., Any]
READER = "me@example.org"


@pytest.fixture
def token(say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """That of the confirmation mail to a reader."""
    monkeypatch.chdir(tmp_path)
    assert say("init").status == 0
    file = Path("config/kawaraban.toml")
    text = file.read_text(encoding="utf-8").replace("smtp://localhost:25", f"maildir://{tmp_path}/box")
    text = text.replace("[bounces]\n", '[bounces]\naddress = "back@example.org"\n', 1)
    file.write_text(text, encoding="utf-8")
    assert load(file).bounces.address == "back@example.org"
    assert say("subscribers", "add", READER).status == 0
    assert say("tick").status == 0
    (mail,) = (tmp_path / "box" / "new").iterdir()
    sender = mail.read_text().splitlines()[0]
    assert sender.startswith("Return-Path: <back+")
    return sender.partition("+")[2].partition("@")[0]


def pipe(mail: bytes) -> subprocess.CompletedProcess[bytes]:
    """What a mail server calls."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    call = [sys.executable, "-c", "import sys; from feeds.cli import main; sys.exit(main())", "receive"]
    return subprocess.run(call, input=mail, capture_output=True, env=environment, check=False)


def test_a_report_through_a_pipe_suppresses_and_is_shown(say: Say, token: str) -> None:
    said = pipe(report("postfix", token))
    assert said.returncode == os.EX_OK
    assert b"event=bounce kind=hard status=5.1.1 issue=0" in said.stderr
    assert b"@" not in said.stdout + said.stderr
    shown = say("bounces")
    assert f"{READER}\tnotice\thard\t5.1.1\tyes\t" in shown.out
    assert "1 hard" in shown.err
    told = json.loads(say("bounces", "--json").out)
    assert (told["received"], told["bounces"][0]["suppressed"]) == ({"hard": 1}, True)
    assert "suppressed" in say("subscribers", "show", READER).out
    assert "bounced: 5.1.1" in json.loads(say("subscribers", "show", READER, "--json").out)["suppressed"]
    assert say("subscribers", "allow", READER).status == 0
    again = say("subscribers", "allow", READER)
    assert (again.status, "not suppressed" in again.err) == (1, True)
    assert json.loads(say("subscribers", "show", READER, "--json").out)["suppressed"] is None


def test_ten_megabytes_and_nonsense_are_taken_and_counted(say: Say, token: str) -> None:
    for mail in (
        b"x" * 10_000_000,
        b"",
        b"\0\xff" * 99,
        report("postfix", Signer(b"o" * 32).bounce_token(0, 1)),
    ):
        said = pipe(mail)
        assert said.returncode == os.EX_OK
        assert b"event=bounce_ignored reason=no_token" in said.stderr
    assert json.loads(say("bounces", "--json").out) == {"received": {"no_token": 4}, "bounces": []}
    huge = report("postfix", token) + b"x" * 10_000_000
    assert b"kind=hard" in pipe(huge).stderr


def test_a_database_that_cannot_be_used_asks_the_mail_server_to_try_again(token: str) -> None:
    database = Path(".kawaraban/kawaraban.sqlite3")
    whole = database.read_bytes()
    database.write_bytes(b"not a database at all" * 99)
    said = pipe(report("postfix", token))
    assert said.returncode == os.EX_TEMPFAIL
    assert b"to be tried again" in said.stderr
    database.write_bytes(whole)
    assert b"kind=hard" in pipe(report("postfix", token)).stderr


def test_so_does_a_configuration_with_a_mistake_in_it(token: str) -> None:
    file = Path("config/kawaraban.toml")
    file.write_text(file.read_text(encoding="utf-8") + "[nonsense]\n", encoding="utf-8")
    assert pipe(report("postfix", token)).returncode == os.EX_TEMPFAIL


def test_before_anything_came_back_there_is_nothing_to_show(say: Say, token: str) -> None:
    assert "nothing has come back" in say("bounces").out
