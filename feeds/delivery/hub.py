"""Hub: one request that tells a WebSub hub which documents changed (https://www.w3.org/TR/websub/#publishing).

How a publisher tells its hub is left open there; all public hubs take the form that PubSubHubbub 0.4
described: ``hub.mode=publish`` and a ``hub.url`` for each document.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import SplitResult, urlencode, urlsplit

from feeds.model.host import is_loopback
from feeds.model.noun import dataclass

TIMEOUT = 10.0
"""Seconds for each step: connecting, and each wait for an answer."""

LONGEST = 30.0
"""Seconds for all of it, however slowly a hub answers."""

_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a hub said, or why it said nothing."""

    status: int
    """0 where there was no answer."""
    reason: str
    wait: float = 0.0
    """Seconds that it asked for before the next try (RFC 9110 §10.2.3)."""

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def may_change(self) -> bool:
        """Whether another try is worth it."""
        return self.status in (0, 408, 425, 429) or self.status >= 500


def ping(hub: str, urls: Sequence[str], *, timeout: float = TIMEOUT, longest: float = LONGEST) -> Answer:
    """Tells the hub, without following redirects; a hub elsewhere is spoken to over https only."""
    parts = urlsplit(hub)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return Answer(400, "only https leads to a hub that is not on this machine")
    connection = _connection(parts, timeout)
    alarm = threading.Timer(longest, _hang_up, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        form = urlencode([("hub.mode", "publish"), *(("hub.url", url) for url in urls)])
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "Kawaraban"}
        connection.request("POST", _target(parts), form.encode(), headers)
        answer = connection.getresponse()  # its body is for people, and may be endless
        return Answer(answer.status, answer.reason, _wait(answer.getheader("Retry-After", "")))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Answer(0, _reason(error))
    finally:
        alarm.cancel()
        connection.close()


def _target(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _connection(parts: SplitResult, timeout: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, parts.port, timeout=timeout)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _wait(text: str) -> float:
    """The seconds of a Retry-After; a date in it counts as none."""
    return min(float(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() else 0.0


def _reason(error: Exception) -> str:
    """Why there was no answer, without the address, which may hold a secret."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    said = error.strerror if isinstance(error, OSError) else ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
