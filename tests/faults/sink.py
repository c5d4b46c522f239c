"""Postfix's smtp-sink: a receiver that nobody here wrote, and the files in which it keeps what it took."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.delivery.conftest import SBIN
from tests.ports import free_port, wait_for

_RECIPIENT = re.compile(rb"^X-Rcpt-Args: <([^>]*)>", re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.MULTILINE | re.IGNORECASE)
_TRACE = re.compile(rb"(?:Received|X-[A-Za-z-]+|Return-Path|Delivered-To): [^\n]*\n(?:[ \t][^\n]*\n)*")


@dataclass(frozen=True)
class Mail:
    """A message as it arrived."""

    recipient: str
    message_id: str
    content: str
    """Digest of its bytes, without what receivers wrote above them."""


def program(name: str) -> str | None:
    """Where a program of Postfix is, or None."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":" + SBIN)


class Dumps:
    """A folder into which receivers write each message that they took whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)  # smtp-sink gives up its rights before it writes
        self._read: dict[str, Mail] = {}

    def mails(self) -> list[Mail]:
        """Everything that arrived so far; ask once the receiver is idle."""
        for entry in os.scandir(self.folder):
            if entry.name not in self._read:
                self._read[entry.name] = parse(Path(entry.path).read_bytes())
        return list(self._read.values())

    def count(self) -> int:
        """How many files there are, those that are being written among them."""
        return sum(1 for _ in os.scandir(self.folder))

    def keep(self, recipient: str, body: bytes) -> None:
        """Writes a message that a receiver of ours took, in smtp-sink's form."""
        name = f"own.{time.monotonic_ns():x}.{len(self._read)}.{os.urandom(3).hex()}"
        unfinished = self.folder.parent / f"{name}.part"
        unfinished.write_bytes(f"X-Rcpt-Args: <{recipient}>\n".encode() + body.replace(b"\r\n", b"\n"))
        unfinished.rename(self.folder / name)


def parse(dump: bytes) -> Mail:
    """The message in a dump file; one without recipient or id belongs to nobody."""
    recipient, identity = _RECIPIENT.search(dump), _MESSAGE_ID.search(dump)
    if recipient is None or identity is None:
        return Mail(recipient[1].decode("latin-1") if recipient else "", "", "")
    start = 0
    while line := _TRACE.match(dump, start):
        start = line.end()
    content = hashlib.sha256(dump[start:].rstrip(b"\n")).hexdigest()
    return Mail(recipient[1].decode("latin-1"), identity[1].decode("latin-1"), content)


class Sink:
    """A running smtp-sink that dumps what it takes."""

    def __init__(self, dumps: Dumps, *options: str, port: int = 0) -> None:
        found = program("smtp-sink")
        assert found, "smtp-sink comes with Postfix"
        self.port = port or free_port()
        command = [found, *options, "-d", f"{dumps.folder.name}/m.", f"127.0.0.1:{self.port}", "300"]
        if os.geteuid() == 0:
            command[1:1] = ["-u", "nobody"]
        self._process = subprocess.Popen(command, cwd=dumps.folder.parent, stderr=subprocess.DEVNULL)
        wait_for(self.port)
        assert self._process.poll() is None, f"smtp-sink ended at once on port {self.port}"

    def settle(self, *, seconds: float = 20.0) -> None:
        """Waits until it has read all that was sent to it, and no connection is left."""
        deadline = time.monotonic() + seconds
        while connections(self.port):
            assert time.monotonic() < deadline, "smtp-sink does not get rid of its connections"
            time.sleep(0.01)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)


def connections(port: int) -> int:
    """How many connections to this port of loopback have not been closed by the server's side."""
    wanted, alive = f":{port:04X}", {"01", "08"}  # ESTABLISHED, CLOSE_WAIT
    with open("/proc/net/tcp", encoding="ascii") as table:
        next(table)
        fields = (line.split() for line in table)
        return sum(1 for f in fields if f[1].endswith(wanted) and f[3] in alive)
