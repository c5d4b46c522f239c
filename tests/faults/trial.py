"""One case at work: its folder, its servers, its victims, and its verdict."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from feeds.actions.secret import signing_key
from feeds.newsletter.tokens import Signer
from tests.faults.judge import Book, Row, Verdict, judge, judge_after_kill
from tests.faults.sink import Dumps, Sink, program
from tests.faults.site import Site, Template

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "example.org"


class Skip(Exception):
    """This machine cannot do that; says what is missing."""


class _Server(Protocol):
    def stop(self) -> None: ...


class Trial:
    """What a case works with; everything that it started ends with it."""

    def __init__(
        self, template: Template, *, policy: str = "resend", seed: int = 1, size: str = "quick"
    ) -> None:
        self.policy = policy
        self.control = ""
        """In which way the victims break the contract."""
        self.size = size
        """Which run this is part of: short (a test), quick, or long."""
        self.random = random.Random(seed)
        self.verdict = Verdict()
        self.site: Site
        self._template = template
        self._holder = tempfile.TemporaryDirectory(prefix="kawaraban-faults-", ignore_cleanup_errors=True)
        self.folder = Path(self._holder.name)
        self.folder.chmod(0o755)
        self.dumps = Dumps(self.folder / "dumps")
        self._servers: list[_Server] = []
        self._processes: list[subprocess.Popen[str]] = []
        self._after: list[Callable[[], object]] = []
        self._sites = 0

    def __enter__(self) -> Trial:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        for server in self._servers:
            server.stop()
        for step in reversed(self._after):
            with contextlib.suppress(Exception):
                step()
        self._holder.cleanup()

    def afterwards(self, step: Callable[[], object]) -> None:
        """Done at the end, whatever happens."""
        self._after.append(step)

    @property
    def long(self) -> bool:
        return self.size == "long"

    # Surroundings -----------------------------------------------------------------------------------

    def prepare(self, readers: int, *, composed: bool = True) -> Site:
        """A site of this trial's own."""
        self._sites += 1
        self.site = self._template.copy(self.folder / f"site{self._sites}", readers, composed=composed)
        return self.site

    def fresh_dumps(self) -> None:
        """From now on only what arrives later is looked at."""
        self.dumps = Dumps(self.folder / f"dumps{time.monotonic_ns()}")

    def sink(self, *options: str, port: int = 0) -> Sink:
        """Postfix's smtp-sink, dumping into this trial's folder."""
        if program("smtp-sink") is None:
            raise Skip("smtp-sink is not installed (apt-get install postfix)")
        sink = Sink(self.dumps, *options, port=port)
        self._servers.append(sink)
        return sink

    def serve(self, server: Any) -> Any:
        """Remembers to stop it."""
        self._servers.append(server)
        return server

    def victim(self, verb: str, *options: str, under: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """A process of the product, just started."""
        command = [*under, sys.executable, "-m", "tests.faults.victim", str(self.site.config), verb, *options]
        command += ["--control", self.control] if self.control else []
        with (self.folder / "stderr").open("ab") as errors:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment()
            )
        self._processes.append(process)
        return process

    def ready(self, process: subprocess.Popen[str]) -> bool:
        """Waits until it has opened the site; False where it ended before."""
        assert process.stdout is not None
        while line := process.stdout.readline():
            if line == "ready\n":
                return True
        return False

    def end(self, process: subprocess.Popen[str], *, seconds: float = 120.0) -> Any:
        """What it said last, once it has ended; None where it was killed."""
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.verdict.expect(False, f"a process did not end within {seconds:.0f} s")
            return None
        lines = [line for line in said.splitlines() if line.startswith(("[", "{"))]
        return json.loads(lines[-1]) if lines else None

    def send(self, *options: str, seconds: float = 180.0) -> Any:
        """Sends until nothing is left, in a process of its own; what troubles there were."""
        process = self.victim("send", *options)
        said = self.end(process, seconds=seconds)
        if process.returncode:
            self.verdict.expect(False, f"sending ended with {process.returncode}: {said or self.errors()}")
        return said

    def killed(self, process: subprocess.Popen[str]) -> bool:
        """Counts a process that died by SIGKILL; False where it ended by itself."""
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            self.verdict.kills += 1
            return True
        return False

    def errors(self) -> str:
        """The end of what the victims wrote to stderr."""
        file = self.folder / "stderr"
        return file.read_text("utf-8", "replace")[-800:] if file.exists() else ""

    # Judgement --------------------------------------------------------------------------------------

    def book(self) -> Book:
        """The ledger as it stands on disk."""
        return read_book(self.site)

    def judge(self, **how: bool) -> Verdict:
        """Judges what arrived, and counts it into the verdict of the case."""
        found = judge(self.book(), self.dumps.mails(), **how)
        self.verdict.add(found)
        return found

    def judge_after_kill(self, *, connections: int = 16) -> Book:
        """Judges the moment after a crash; only complaints are kept."""
        book = self.book()
        damage = self.site.rows("PRAGMA quick_check")[0][0]
        self.verdict.expect(damage == "ok", f"after a kill the database is damaged: {damage}")
        found = judge_after_kill(book, self.dumps.mails(), connections=connections)
        for complaint in found.complaints:
            self.verdict.expect(False, f"after a kill: {complaint}")
        return book


_ids: dict[tuple[Path, int, int], str] = {}
_signers: dict[Path, Signer] = {}


def read_book(site: Site) -> Book:
    """Every issue and delivery of a site, read as a bystander."""
    signer = _signers.setdefault(site.state, Signer(signing_key(site.state)))
    found = site.rows(
        "SELECT d.issue, d.subscriber, d.state, d.attempts, d.doubts, coalesce(s.email, '') "
        "FROM deliveries d LEFT JOIN subscribers s ON s.key = d.subscriber"
    )
    rows = []
    for issue, subscriber, *rest in found:
        key = (site.state, int(str(issue)), int(str(subscriber)))
        if key not in _ids:
            _ids[key] = signer.message_id(key[1], key[2], DOMAIN)
        rows.append(Row(key[1], key[2], *rest, _ids[key]))  # type: ignore[arg-type]
    issues = site.rows("SELECT key, audience, state FROM issues")
    return Book(
        rows,
        {int(str(key)): int(str(audience)) for key, audience, _ in issues},
        frozenset(int(str(key)) for key, _, state in issues if state in {"finished", "cancelled"}),
    )


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
