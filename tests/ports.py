"""Ports of loopback for servers of tests."""

from __future__ import annotations

import contextlib
import random
import socket
import time

_PORTS = range(10_240, 32_768)
"""Below those that a system gives to whoever connects: they could be taken while a server restarts."""


def free_port() -> int:
    """A port at which nobody listens."""
    for port in random.SystemRandom().sample(_PORTS, 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("of a hundred ports none is free")


def wait_for(port: int) -> None:
    """Returns once somebody listens."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise AssertionError(f"nobody listens on {port}")
