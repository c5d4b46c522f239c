"""Answers made once for each change of a document, down to their bytes, and chosen for each request."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import lru_cache

from feeds.model.feed import PublishedDocument
from feeds.model.noun import dataclass
from feeds.syndication.compression import WORTHWHILE, codings, compressed
from feeds.web.encodings import IDENTITY, wanted
from feeds.web.guard import HEADERS, POLICY
from feeds.web.validators import http_date, matches, modified_since, tag_in

Headers = tuple[tuple[bytes, bytes], ...]
"""As ASGI has them: names in small letters."""

METHODS = "GET, HEAD, OPTIONS"

_PAGE_POLICY = POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'")
"""The index of all feeds is one file that also works from a static host: its CSS stands inside."""

_CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
"""Feeds are public and sent alike to everybody: readers that live in a browser may have them too."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one content of a file from the next without reading it."""

    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, to GET; one to HEAD is the same without the body (RFC 9110 §9.3.2)."""

    status: int
    headers: Headers
    head: bytes
    """Status line and headers as HTTP/1.1 writes them, without Date and without the line that ends them."""
    body: bytes | None = b""
    """None where it has to be read from the file."""


@dataclass(frozen=True, slots=True)
class Serving:
    """How the owner wants documents served."""

    max_age: int = 300
    """Seconds for which a reader need not ask again."""
    for_browsers: bool = False
    """Whether RSS and Atom go out as ``application/xml``, which browsers show instead of saving it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document's answers, as of one content of its file."""

    file: str
    stamp: Stamp
    feed: str
    """Name of the feed that it is a document of; empty for indexes."""
    tag: str
    modified: int
    """Seconds since 1970."""
    dated: bool
    """Whether the answers say when it was modified."""
    full: Mapping[str, Answer]
    """By coding; identity is always there."""
    unchanged: Mapping[str, Answer]
    """By coding: the 304 that goes with it."""
    known_tags: Mapping[bytes, Answer]
    """By If-None-Match of the usual forms: the 304 with the very tag that the client has."""
    size: int
    """Bytes in memory."""

    def choose(self, if_none_match: bytes, if_modified_since: bytes, accept_encoding: bytes) -> Answer:
        """The answer to GET with these headers, each empty where there is none (RFC 9110 §13.2.2)."""
        if if_none_match:
            if (known := self.known_tags.get(if_none_match)) is not None:
                return known
            if matches(if_none_match.decode("latin-1"), self.tag):
                return self.unchanged[_coding(accept_encoding, tuple(self.full))]
        elif if_modified_since and not modified_since(
            if_modified_since.decode("latin-1"), self.modified, time.time()
        ):
            return self.unchanged[_coding(accept_encoding, tuple(self.full))]
        return self.full[_coding(accept_encoding, tuple(self.full))]


@lru_cache(maxsize=1024)
def _coding(header: bytes, offered: tuple[str, ...]) -> str:
    return wanted(header.decode("latin-1"), offered[1:])


def prepare(
    document: PublishedDocument,
    stamp: Stamp,
    body: bytes | None,
    *,
    tag: str,
    serving: Serving,
    dated: bool = True,
) -> Prepared:
    """All answers about this document, compressed where that is worthwhile.

    ``body`` is None for a document that is too large to be kept. Without ``dated`` no answer tells
    when it was modified.
    """
    modified = stamp.mtime_ns // 1_000_000_000
    shared = _shared_headers(document, serving, modified if dated else None)
    described = {**HEADERS, **shared, "Content-Type": _type(document.media_type, serving)}
    described["Accept-Ranges"] = "none"
    bodies: dict[str, bytes | None] = {IDENTITY: body}
    if body is not None and len(body) >= WORTHWHILE:
        bodies |= {coding: compressed(body, coding) for coding in codings()}
    tags = {coding: tag if coding == IDENTITY else tag_in(tag, coding) for coding in bodies}
    full = {}
    for coding, content in bodies.items():
        length = stamp.size if content is None else len(content)
        own = {**described, "ETag": tags[coding], "Content-Length": str(length)}
        full[coding] = _answer(
            200, own if coding == IDENTITY else own | {"Content-Encoding": coding}, content
        )
    unchanged = {coding: _answer(304, {**shared, "ETag": tags[coding]}) for coding in bodies}
    known = {tags[coding].encode(): unchanged[coding] for coding in bodies}
    return Prepared(
        file=document.file,
        stamp=stamp,
        feed=document.feed,
        tag=tag,
        modified=modified,
        dated=dated,
        full=full,
        unchanged=unchanged,
        known_tags=known | {b"W/" + name: answer for name, answer in known.items()},
        size=sum(len(content or b"") for content in bodies.values()),
    )


def _shared_headers(document: PublishedDocument, serving: Serving, modified: int | None) -> dict[str, str]:
    """Those of 200 and of 304 alike (RFC 9110 §15.4.5)."""
    shared = {"Cache-Control": f"public, max-age={serving.max_age}", "Vary": "Accept-Encoding"}
    if modified is not None:
        shared["Last-Modified"] = http_date(modified).decode()
    shared |= _CROSS_ORIGIN
    if document.media_type.startswith("text/html"):
        shared["Content-Security-Policy"] = _PAGE_POLICY
    return shared


def preflight() -> Answer:
    """The answer to OPTIONS: what a browser asks before it sends If-None-Match to another site's feed."""
    allowed = {
        "Allow": METHODS,
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": METHODS,
        "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since, Cache-Control, A-IM",
        "Access-Control-Max-Age": "86400",
        "Cache-Control": "max-age=86400",
    }
    return _answer(204, allowed)


def _type(media_type: str, serving: Serving) -> str:
    media_type = media_type.partition(";")[0]
    if serving.for_browsers and media_type in {"application/rss+xml", "application/atom+xml"}:
        media_type = "application/xml"
    return f"{media_type}; charset=utf-8"


_REASONS = {200: b"OK", 204: b"No Content", 304: b"Not Modified"}


def _answer(status: int, headers: Mapping[str, str], body: bytes | None = b"") -> Answer:
    pairs = tuple((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items())
    lines: Sequence[bytes] = [b"%b: %b\r\n" % pair for pair in pairs]
    return Answer(status, pairs, b"HTTP/1.1 %d %b\r\n%b" % (status, _REASONS[status], b"".join(lines)), body)
