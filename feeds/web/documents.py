"""Feeds by HTTP: the bytes on disk with validators, for readers that ask every hour whether there is news.

A raw ASGI application, as feed readers are most of the traffic and need nothing else of Starlette
(facts/libraries.md §10).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from feeds.model.feed import PublishedDocument
from feeds.web.guard import POLICY

if TYPE_CHECKING:
    from feeds.service import Service

MAX_AGE = 300
"""Seconds for which a reader need not ask again."""

_PAGE_POLICY = POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")
"""The index of all feeds is one file that also works from a static host: its CSS stands inside."""

_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


class Documents:
    """The application behind all paths that are no page."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one document; raises HTTPException 404 or 405."""
        if scope["type"] != "http":
            raise RuntimeError(f"nothing here speaks {scope['type']}")
        # Looking up asks the database and reading asks the disk: neither may hold up the loop.
        response = await run_in_threadpool(self._answer, scope["method"], scope["path"], Headers(scope=scope))
        await response(scope, receive, send)

    def _answer(self, method: str, path: str, asked: Headers) -> Response:
        document = self._service.document(path_of(path)) if is_plain(path) else None
        if document is None:
            raise HTTPException(404)
        if method not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        validators = {
            "ETag": document.etag,
            "Last-Modified": format_datetime(document.last_modified.astimezone(UTC), usegmt=True),
            "Cache-Control": f"public, max-age={MAX_AGE}",
        }
        if is_unchanged(document, asked):
            return Response(status_code=304, headers=validators)
        try:
            # Looked up first, read second: a file replaced in between goes out under its older tag
            # and is asked for once more; the other way round it would look unchanged for ever.
            body = Path(document.file).read_bytes()
        except FileNotFoundError:
            raise HTTPException(404) from None
        if document.media_type.startswith("text/html"):
            validators["Content-Security-Policy"] = _PAGE_POLICY
        validators["Content-Type"] = f"{document.media_type.partition(';')[0]}; charset=utf-8"
        # Servers leave the body of an answer to HEAD out and keep its Content-Length (RFC 9110 §9.3.2).
        return Response(body, headers=validators)


def is_plain(path: str) -> bool:
    """True for a path that cannot mean another one: the service looks it up as it stands."""
    return not re.search(r"//|\\|[\x00-\x1f\x7f]", path) and not {".", ".."} & set(path.split("/"))


def path_of(path: str) -> str:
    """The path in NFC, as slugs are: some clients send Japanese decomposed."""
    return unicodedata.normalize("NFC", path)


def is_unchanged(document: PublishedDocument, asked: Headers) -> bool:
    """True where the client has this document already (RFC 9110 §13.2.2)."""
    if (tags := asked.get("if-none-match")) is not None:
        return tags.strip() == "*" or document.etag in map(_opaque, _ENTITY_TAG.findall(tags))
    since = _http_date(asked.get("if-modified-since", ""))
    return since is not None and document.last_modified.replace(microsecond=0) <= since


def _opaque(tag: str) -> str:
    """The tag as we gave it: Apache adds ``-gzip`` to what it compresses (FreshRSS #1199)."""
    return tag.removesuffix('-gzip"') + '"' if tag.endswith('-gzip"') else tag


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
