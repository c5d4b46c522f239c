"""The verb dkim: keys are made, and what to publish is printed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

Say = Callable[..., Any]


def configure(home: Path, text: str) -> None:
    file = home / "config" / "kawaraban.toml"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_a_new_key_comes_with_its_lines_and_its_record(home: Path, say: Say) -> None:
    configure(home, '[mail]\nfrom = "news@example.org"\n')
    said = say("dkim", "--new", "KB 2026.pem")
    assert said.status == 0
    assert (home / "KB 2026.pem").stat().st_mode & 0o777 == 0o600
    lines = said.out.partition("\n\n")[2].partition("\n\n")[0]
    assert tomllib.loads(lines)["mail"]["dkim"] == [{"selector": "kb-2026", "key": "KB 2026.pem"}]
    assert "kb-2026._domainkey.example.org  TXT  v=DKIM1; k=rsa; p=MII" in said.out
    configure(home, f"{lines}\n")
    again = say("dkim")
    assert again.status == 0
    assert said.out.endswith(again.out)
    (shown,) = json.loads(say("dkim", "--json").out)
    assert (shown["algorithm"], shown["bits"]) == ("rsa-sha256", 2048)
    assert shown["name"] == "kb-2026._domainkey.example.org"


def test_a_key_is_never_overwritten(home: Path, say: Say) -> None:
    (home / "old.pem").write_text("precious")
    said = say("dkim", "--new", "old.pem")
    assert said.status == 2
    assert "there is a file of this name" in said.err
    assert (home / "old.pem").read_text() == "precious"


def test_no_key_is_made_where_the_web_would_see_it(home: Path, say: Say) -> None:
    (home / "public").mkdir()
    said = say("dkim", "--new", "public/a.pem", "--kind", "ed25519")
    assert said.status == 1
    assert "would be copied to the web" in said.err
    assert not (home / "public" / "a.pem").exists()


def test_a_folder_that_is_not_there_is_named(home: Path, say: Say) -> None:
    said = say("dkim", "--new", "nowhere/a.pem")
    assert said.status == 1
    assert said.err == f"kawaraban: {home}/nowhere/a.pem: No such file or directory\n"


def test_without_keys_it_says_who_signs(home: Path, say: Say) -> None:
    said = say("dkim")
    assert said.status == 0
    assert "the mail server has to" in said.err
