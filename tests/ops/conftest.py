"""A publication whose daemon sends into Postfix's smtp-sink."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.acceptance.publication import REPOSITORY, Publication, mail_of
from tests.acceptance.relay import relay
from tests.delivery.conftest import Sink, sink
from tests.delivery.scripted_server import ScriptedServer
from tests.ports import free_port

__all__ = ["sink"]

PROGRAM = """\
from functools import partial
from feeds.daemon import Rhythm, process
process.serve = partial(process.serve, rhythm=Rhythm(compose=0.2, deliver=0.2))
from feeds.cli import enter
enter()
"""
"""The command line, whose daemon does not wait two seconds between its beats."""

CONFIGURATION = """\
[site]
title = "T"
url = "https://example.org"
[mail]
from = "T <news@example.org>"
smtp = "{relay}"
[newsletter]
settle_minutes = 0
[web]
bind = "127.0.0.1:{web}"
[delivery]
connections = 4
"""


@dataclass
class Sending:
    """A publication with readers of cadence each, and what its daemons and its sink did."""

    publication: Publication
    mail: Path
    """Where the sink stores what it took."""
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def readers(self, number: int) -> None:
        """Adds so many confirmed readers, after a first scan of nothing."""
        self.publication.ask("build")
        rows = "".join(f"r{n}@example.org,each\n" for n in range(number))
        file = self.publication.root / "readers.csv"
        file.write_text(f"email,cadence\n{rows}")
        assert self.publication.say("subscribers", "import", str(file), "--confirmed").status == 0

    @contextmanager
    def gate(self, allowed: int) -> Iterator[ScriptedServer]:
        """In place of the sink a relay that answers so many messages, and more once ``allowed`` is raised.

        What is told while the others wait stands still, however slow the machine is.
        """
        with relay() as server:
            server.allowed = allowed
            port = re.search(r"smtp://127.0.0.1:(\d+)", self.publication.config.read_text())
            assert port is not None
            self.publication.edit(port[0], f"smtp://127.0.0.1:{server.port}")
            try:
                yield server
            finally:
                server.allowed = None

    def start(
        self, *parts: str, words: Sequence[str] = (), environ: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """A daemon in a process of its own; its log is in ``daemon.log``."""
        only = [word for part in parts or ("scheduler", "delivery") for word in ("--only", part)]
        command = [
            sys.executable,
            "-c",
            PROGRAM,
            "run",
            "--config",
            str(self.publication.config),
            *only,
            *words,
        ]
        with (self.publication.root / "daemon.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.running.append(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
        process.send_signal(how)
        process.wait(timeout=30)

    @property
    def log(self) -> str:
        return (self.publication.root / "daemon.log").read_text(encoding="utf-8")

    def issues(self) -> list[dict[str, Any]]:
        issues = self.publication.ask("deliveries")
        assert isinstance(issues, list)
        return issues

    def until(self, told: Callable[[dict[str, Any]], bool], seconds: float = 40) -> dict[str, Any]:
        """The newest issue, once this holds for it."""
        try:
            return eventually(self.issues, lambda issues: bool(issues) and told(issues[0]), seconds)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log}") from None

    def arrived(self) -> Counter[str]:
        """How often each reader's mail was taken, by the address before the at sign."""
        return Counter(str(mail_of(data)["to"]).partition("@")[0].strip("< ") for data in self._taken())

    def message_ids(self) -> Counter[str]:
        return Counter(str(mail_of(data)["message-id"]) for data in self._taken())

    def _taken(self) -> list[bytes]:
        files = sorted(self.mail.glob("mail.*"))
        return [re.sub(rb"\A(X-.*\n|Received:.*\n(\s.*\n)*)+", b"", file.read_bytes()) for file in files]


Seen = TypeVar("Seen")


def eventually(look: Callable[[], Seen], told: Callable[[Seen], bool], seconds: float = 60) -> Seen:
    """What is seen once this holds for it."""
    deadline = time.monotonic() + seconds
    while not told(seen := look()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
    return seen


@pytest.fixture
def sending(tmp_path: Path, sink: Sink) -> Iterator[Callable[..., Sending]]:
    """Makes a publication whose relay is a sink with these options."""
    made: list[Sending] = []

    def found(*options: str, settings: str = "") -> Sending:
        tmp_path.chmod(0o777)
        port = sink("-d", "mail.", *options)
        publication = Publication.found(
            tmp_path / "publication",
            CONFIGURATION.replace("{relay}", f"smtp://127.0.0.1:{port}").replace("{web}", str(free_port()))
            + settings,
        )
        made.append(Sending(publication, tmp_path))
        return made[-1]

    yield found
    for one in made:
        for process in one.running:
            if process.poll() is None:
                process.kill()
            process.wait()


def lines_of_json(text: str) -> list[Any]:
    """Each line of the text, as JSON."""
    return [json.loads(line) for line in text.splitlines()]
