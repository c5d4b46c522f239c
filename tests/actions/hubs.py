"""A hub on loopback that remembers what it was told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs


class Hub:
    """Answers with these statuses in turn, the last one for ever."""

    def __init__(self, statuses: Sequence[int] = (204,), headers: Sequence[tuple[str, str]] = ()) -> None:
        self.told: list[dict[str, list[str]]] = []
        self.paths: list[str] = []
        self.types: list[str | None] = []
        self.statuses = list(statuses)
        self.headers = headers
        self.open = threading.Event()
        """Requests wait for it."""
        self.open.set()
        self.asked = threading.Event()
        self.url = ""


@contextmanager
def at_work(hub: Hub) -> Iterator[Hub]:
    """The hub, listening."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hub.told.append(parse_qs(body.decode()))
            hub.paths.append(self.path)
            hub.types.append(self.headers["Content-Type"])
            hub.asked.set()
            hub.open.wait(10)
            self.send_response(hub.statuses.pop(0) if len(hub.statuses) > 1 else hub.statuses[0])
            for name, value in hub.headers:
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}/secret?token=geheim"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.open.set()
            server.shutdown()
            thread.join()
