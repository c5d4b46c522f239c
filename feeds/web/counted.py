"""Requests that the application answers, counted by kind of page and status."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_KINDS = {
    "": "signup",
    "subscribe": "signup",
    "confirm": "confirm",
    "preferences": "preferences",
    "unsubscribe": "unsubscribe",
    "embed": "embed",
    "feeds": "feed",
    "static": "static",
    "health": "probe",
    "healthz": "probe",
    "ready": "probe",
    "readyz": "probe",
}
"""By the first part of the path, which is all of a path that is looked at: the rest may be a token."""


class Counted:
    """The application, and a count of what it answered."""

    def __init__(self, app: ASGIApp, requests: Counter[tuple[str, bytes]], base_url: str) -> None:
        self._app, self._requests = app, requests
        self._prefix = urlsplit(base_url).path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(self._prefix)
        kind = _KINDS.get(path.lstrip("/").partition("/")[0], "other")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests[kind, b"%d" % message["status"]] += 1
            await send(message)

        await self._app(scope, receive, answer)
