"""Feeds by HTTP, for readers that ask every hour whether there is news.

A raw ASGI application, as feed readers are most of the traffic and need nothing else of Starlette. It finds
documents, prepares their answers and puts them on the shelf, from which the protocol serves everybody who
asks next.
"""

from __future__ import annotations

import asyncio
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from feeds.web.answers import METHODS, Answer, Prepared, Serving, Stamp, preflight
from feeds.web.audience import Audience
from feeds.web.redirects import Redirects
from feeds.web.shelf import Shelf, load

if TYPE_CHECKING:
    from typing import BinaryIO

    from feeds.service import Service

_CHUNK = 256 * 1024


class Documents:
    """The application behind all paths that are no page."""

    def __init__(
        self, service: Service, audience: Audience | None = None, shelf: Shelf | None = None
    ) -> None:
        self.shelf = shelf or Shelf()
        self.audience = audience or Audience()
        self.requests: Counter[tuple[str, bytes]] = Counter()
        """Kind and status of what was answered, here or on the short way."""
        self._service = service
        self._serving = Serving(for_browsers=service.config.web.feed_types == "browser")
        self._redirects = Redirects(service)
        self._fetching: dict[bytes, asyncio.Task[Prepared | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one document; raises HTTPException 404 or 405."""
        if scope["type"] != "http":
            raise RuntimeError(f"nothing here speaks {scope['type']}")
        method, path = scope["method"], scope["path"]
        if method == "OPTIONS" and path == "/*":  # what `OPTIONS *` becomes on the way here
            await _send(send, method, preflight())
            return
        raw = scope.get("raw_path") or path.encode()
        prepared = self.shelf.get(raw) or await self._fetched(raw, path)
        if prepared is None:
            await self._redirect(scope, receive, send)
        elif method == "OPTIONS":
            await _send(send, method, preflight())
        elif method in {"GET", "HEAD"}:
            await self._answer(scope, send, raw, prepared)
        else:
            raise HTTPException(405, headers={"Allow": METHODS})

    async def _answer(self, scope: Scope, send: Send, raw: bytes, prepared: Prepared) -> None:
        asked = scope["headers"]
        conditions = (_field(asked, b"if-none-match"), _field(asked, b"if-modified-since"))
        answer = prepared.choose(*conditions, _field(asked, b"accept-encoding"))
        if scope["method"] == "HEAD" or answer.body is not None:
            await _send(send, scope["method"], answer)
        elif (file := await run_in_threadpool(_open, prepared)) is not None:
            await _send_file(send, answer, file)
        else:  # replaced since it was looked at
            again = await self._fetched(raw, scope["path"])
            if again is None or again.stamp == prepared.stamp:
                raise HTTPException(404)
            await self._answer(scope, send, raw, again)
            return
        if scope["method"] == "GET" and prepared.feed:
            client = scope.get("client")
            self.audience.note(prepared.feed, _field(asked, b"user-agent"), client[0] if client else "")

    async def _redirect(self, scope: Scope, receive: Receive, send: Send) -> None:
        location = await run_in_threadpool(self._redirects.location, scope["path"], scope.get("prefix", ""))
        if location is None:
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        headers = {
            "Location": location,
            "Access-Control-Allow-Origin": "*",
            # Browsers keep a 301 for ever if nobody says otherwise.
            "Cache-Control": "public, max-age=86400",
        }
        await Response(status_code=301, headers=headers)(scope, receive, send)

    async def _fetched(self, raw: bytes, path: str) -> Prepared | None:
        """The document, prepared; whoever asks for it meanwhile waits for the same work."""
        fetching = self._fetching.get(raw)
        if fetching is None:
            fetching = self._fetching[raw] = asyncio.create_task(self._fetch(raw, path))
            fetching.add_done_callback(lambda _: self._fetching.pop(raw, None))
        return await asyncio.shield(fetching)

    async def _fetch(self, raw: bytes, path: str) -> Prepared | None:
        # Looking up asks the database and reading asks the disk: neither may hold up the loop.
        document = await run_in_threadpool(self._service.document, path_of(path)) if is_plain(path) else None
        if document is None:
            return None
        before = self.shelf.kept(document.file)
        prepared = await run_in_threadpool(load, document, self._serving, before)
        if prepared is not None:
            self.shelf.put(raw, prepared)
        return prepared


def is_plain(path: str) -> bool:
    """True for a path that cannot mean another one: the service looks it up as it stands."""
    return not re.search(r"//|\\|[\x00-\x1f\x7f]", path) and not {".", ".."} & set(path.split("/"))


def path_of(path: str) -> str:
    """The path in NFC, as slugs are: some clients send Japanese decomposed."""
    return unicodedata.normalize("NFC", path)


def _field(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """The field's value, its lines joined (RFC 9110 §5.3); empty where it was not sent."""
    return b", ".join(value for key, value in headers if key == name)


async def _send(send: Send, method: str, answer: Answer) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
    body = answer.body if method != "HEAD" else b""
    await send({"type": "http.response.body", "body": body or b""})


def _open(prepared: Prepared) -> BinaryIO | None:
    """The file, if it still is what was prepared."""
    try:
        file = open(prepared.file, "rb")  # noqa: SIM115  # closed by whoever sends it
    except OSError:
        return None
    status = os.fstat(file.fileno())
    if Stamp(status.st_size, status.st_mtime_ns, status.st_ino) == prepared.stamp:
        return file
    file.close()
    return None


async def _send_file(send: Send, answer: Answer, file: BinaryIO) -> None:
    """Sends a large document piece by piece, reading in a thread."""
    try:
        await send({"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)})
        while chunk := await run_in_threadpool(file.read, _CHUNK):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        file.close()
