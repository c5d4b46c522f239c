"""An installation in a folder, used by the command line alone, as its owner would."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

from feeds.cli import main
from tests import databases

REPOSITORY = Path(__file__).resolve().parents[2]
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""Ten o'clock in Tokyo, three hours after Monday's digests."""

SETTLED = timedelta(minutes=11)
"""A little longer than a post has to lie before it is mailed."""

CONFIGURATION = """\
[site]
title = "瓦版"
url = "https://example.org"
language = "ja"
timezone = "Asia/Tokyo"
[posts]
folder = "posts"
[mail]
from = "瓦版 <news@example.org>"
smtp = "{relay}"
[web]
base_url = "https://mail.example.org"
"""


class Said(NamedTuple):
    """What a command ended with and printed."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Publication:
    """The folder above ``config/``."""

    root: Path

    @classmethod
    def found(cls, root: Path, configuration: str = CONFIGURATION) -> Publication:
        """A new one, with a configuration (``{relay}`` becomes its mailbox) and an empty posts folder."""
        made = cls(root)
        made.config.parent.mkdir(parents=True)
        databases.write(made.config, configuration.replace("{relay}", made.box_url))
        (root / "posts").mkdir()
        return made

    @property
    def config(self) -> Path:
        return self.root / "config" / "kawaraban.toml"

    @property
    def public(self) -> Path:
        return self.root / "public"

    @property
    def feeds(self) -> Path:
        return self.public / "feeds"

    @property
    def box(self) -> Path:
        return self.root / "box"

    @property
    def box_url(self) -> str:
        return f"maildir://{self.box}"

    # What the owner types -----------------------------------------------------------------------

    def say(self, *words: str, now: datetime | None = None) -> Said:
        """Runs a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main(self._words(words, now))
        said = Said(status, out.getvalue(), err.getvalue())
        assert "Traceback" not in said.err
        return said

    def ask(self, *words: str, now: datetime | None = None) -> Any:
        """What a command that goes well prints as JSON."""
        said = self.say(*words, "--json", now=now)
        assert said.status == 0, said
        return said.json

    def start(self, *words: str, now: datetime | None = None) -> subprocess.Popen[bytes]:
        """Starts a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *self._words(words, now)],
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "utf-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *words: str, now: datetime | None = None) -> Said:
        """Runs a command in a process of its own."""
        process = self.start(*words, now=now)
        out, err = process.communicate(timeout=60)
        said = Said(process.returncode, out.decode(), err.decode())
        assert "Traceback" not in said.err, said.err
        return said

    def _words(self, words: Sequence[str], now: datetime | None) -> list[str]:
        moment = [] if now is None else ["--now", now.isoformat()]
        return ["--config", str(self.config), *words, *moment]

    # What the owner edits -----------------------------------------------------------------------

    def edit(self, old: str, new: str) -> None:
        """Replaces a text of the configuration."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new, 1), encoding="utf-8")

    def add_settings(self, text: str) -> None:
        with self.config.open("a", encoding="utf-8") as file:
            file.write(text)

    def write(
        self, name: str, *, title: str = "", date: str = "2025-01-01", category: str = "News", body: str = ""
    ) -> Path:
        """Writes a post."""
        file = self.root / "posts" / f"{name}.md"
        text = f"---\ntitle: {title or name}\ndate: {date}\ncategories: [{category}]\n---\n{body or name}\n"
        file.write_text(text, encoding="utf-8")
        return file

    # What comes out -----------------------------------------------------------------------------

    def documents(self) -> dict[str, bytes]:
        """Every file of the feeds folder."""
        return {
            file.relative_to(self.feeds).as_posix(): file.read_bytes()
            for file in sorted(self.feeds.rglob("*"))
            if file.is_file()
        }

    def mailbox(self) -> dict[str, EmailMessage]:
        """Every mail in the box by its file's name."""
        return {file.name: mail_of(file.read_bytes()) for file in sorted((self.box / "new").glob("*"))}

    def mails(self) -> list[EmailMessage]:
        return list(self.mailbox().values())

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails() if address in str(mail["to"])]


PROGRAM = "from feeds.cli import enter; enter()"


def text_of(mail: EmailMessage, kind: str) -> str:
    """The text of the ``plain`` or ``html`` part."""
    part = mail.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def mail_of(data: bytes) -> EmailMessage:
    """The mail that these bytes are."""
    mail = message_from_bytes(data, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail
