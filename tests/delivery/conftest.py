"""Servers that nobody here wrote, and certificates."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.certificates import self_signed
from tests.delivery.scripted_server import USUAL
from tests.ports import free_port, wait_for

Sink = Callable[..., int]
SBIN = "/usr/sbin:/usr/local/sbin:/usr/bin"


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    """Starts Postfix's smtp-sink with the given options and returns its port."""
    program = shutil.which("smtp-sink", path=SBIN)
    if program is None:
        pytest.skip("smtp-sink is not installed (it comes with Postfix)")
    running: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> int:
        port = free_port()
        command = [program, "-u", "nobody", *options, f"127.0.0.1:{port}", "200"]
        if os.geteuid() != 0:
            del command[1:3]  # only root may, and has to, give up its rights
        running.append(subprocess.Popen(command, cwd=tmp_path))
        wait_for(port)
        return port

    start.running = running  # type: ignore[attr-defined]  # for tests that kill one
    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for ``localhost``, and a client's that trusts only it."""
    try:
        return self_signed(tmp_path_factory.mktemp("certificate"))
    except LookupError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["one command at a time", "pipelining"])
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a scripted server says that it can, where its script does not say so."""
    if request.param == "pipelining":
        monkeypatch.setitem(USUAL, "EHLO", "250-scripted\r\n250-PIPELINING\r\n250 8BITMIME")
