"""The real server on a socket, and a client that says exactly what it is given."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from feeds.web.server import listen, serve_service
from tests.web.standin import StandIn

HOST = "magazine.example"


@dataclass(frozen=True)
class Said:
    """One answer as it came over the wire."""

    version: str
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        found = [value for key, value in self.fields if key == name]
        assert len(found) == 1, (name, found)
        return found[0]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.fields)


class Wire:
    """One connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, text: bytes) -> None:
        self._socket.sendall(text)

    def ask(self, path: str, *fields: str, method: str = "GET", version: str = "1.1") -> Said:
        self.send(request(path, *fields, method=method, version=version))
        return self.hear(method)

    def hear(self, method: str = "GET") -> Said:
        """The next answer, whole."""
        head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status, _ = head[0].split(" ", 2)
        pairs = [line.split(": ", 1) for line in head[1:] if line]
        fields = tuple((name.lower(), value) for name, value in pairs)
        length = int(dict(fields).get("content-length", "0"))
        if dict(fields).get("transfer-encoding") == "chunked":
            return Said(version, int(status), fields, self._chunks())
        without = method == "HEAD" or int(status) in (204, 304)
        return Said(version, int(status), fields, b"" if without else self._exactly(length))

    def ends(self) -> bool:
        """True if the server has nothing more to say and closes."""
        return self._rest == b"" and self._socket.recv(1 << 16) == b""

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self._exactly(size)
            self._exactly(2)
        self._exactly(2)
        return body

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(end)
        return found

    def _exactly(self, length: int) -> bytes:
        while len(self._rest) < length:
            self._more()
        found, self._rest = self._rest[:length], self._rest[length:]
        return found

    def _more(self) -> None:
        read = self._socket.recv(1 << 16)
        assert read, f"the server closed the connection after {self._rest[:200]!r}"
        self._rest += read


def request(path: str, *fields: str, method: str = "GET", version: str = "1.1", host: str = HOST) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", *([f"Host: {host}"] if host else []), *fields, "", ""]
    return "\r\n".join(lines).encode()


@contextmanager
def serving(service: StandIn) -> Iterator[int]:
    """The pages and feeds of this service at a port of loopback, which ends as the daemon's does."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    listener = listen("127.0.0.1:0")
    port = listener.getsockname()[1]
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve_service(service, listener, stop)))  # type: ignore[arg-type]
    thread.start()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        listener.close()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
