"""`kawaraban demo`, from the first line to the last, as whoever types it sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """The demo without a terminal, once, and the folder that it leaves."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", "import sys; from feeds.cli import main; sys.exit(main())", "demo"]
    here = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        command,
        cwd=here,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(here), "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    return done, folder


def mails(folder: Path) -> dict[str, list[str]]:
    """The text parts of the mails, by recipient, as they lie in the folder that the demo leaves."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.glob("kawaraban-demo-*/mail/new/*")):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        text = message.get_body(("plain",))
        assert text is not None
        found.setdefault(str(message["to"]), []).append(text.get_content())
    return found


def test_it_ends_by_itself_and_all_is_well(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = played
    assert (done.returncode, done.stderr) == (0, "")


def test_it_says_where_the_feeds_are_what_was_mailed_and_where_to_look(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, folder = played
    for said in (
        "broken-front-matter.md:",
        "mailed to each-post@reader.example: Extra! A file was dropped into the folder",
        "mailbox: http://127.0.0.1:",
        "feeds: http://127.0.0.1:",
        f"feeds folder: {folder}",
        f"posts folder: {folder}",
    ):
        assert said in done.stdout
    assert "\x1b" not in done.stdout


def test_every_reader_has_what_they_asked_for(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = played
    found = mails(folder)
    assert {reader: len(texts) for reader, texts in found.items()} == {
        "each-post@reader.example": 2,
        "daily@reader.example": 1,
        "weekly@reader.example": 1,
        "newcomer@reader.example": 1,
    }
    assert "飛脚から郵便へ" in found["weekly@reader.example"][0]
    assert "飛脚から郵便へ" not in found["daily@reader.example"][0]  # not one of their categories
    assert "Kentō" in found["daily@reader.example"][0]
    assert "/confirm/" in found["newcomer@reader.example"][0]
    everything = "".join(text for texts in found.values() for text in texts)
    for hidden in ("The spring programme", "墨についての覚え書き", "Four trades, one print", "**"):
        assert hidden not in everything


def test_the_feeds_have_the_post_that_was_dropped_in(
    played: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, folder = played
    (public,) = folder.glob("kawaraban-demo-*/public")
    feed = json.loads((public / "feeds" / "all.json").read_bytes())
    assert feed["items"][0]["title"] == "Extra! A file was dropped into the folder"
    assert len(feed["items"]) == 15
    for path in ("edo.xml", "feeds/category/reading.atom.xml", "feeds/index.opml", "feeds/index.html"):
        assert (public / path).is_file()
