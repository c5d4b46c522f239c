"""Entity tags and dates: whether a client has a document already (RFC 9110 §8.8, §13).

A document has one entity tag, and each of its codings that tag with the coding's name in it
(``"1f0c"``, ``"1f0c-gzip"``): bytes that differ must not share a strong tag (RFC 9110 §8.8.3.3). Asked
with If-None-Match, which compares weakly, each of them stands for all: what the client wants to know
is whether there is news. Proxies that compress add such suffixes too, or make the tag weak.
"""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

_ENTITY_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_SUFFIX = re.compile(r"(?:--?|;|:)(?:gzip|gz|br|brotli|zstd|deflate)$")
"""Apache and Caddy write ``-gzip``, Jetty ``--gzip``, others ``;gzip`` (FreshRSS #1199)."""


def tag_in(tag: str, coding: str) -> str:
    """The entity tag of the same document in this coding."""
    return f'{tag[:-1]}-{coding}"'


def matches(header: str, tag: str) -> bool:
    """True where If-None-Match names the tag, weak or strong, of whatever coding."""
    if header.strip() == "*":
        return True
    # Some clients lose the quotes; then the header is the tag (none of ours needs quoting).
    named = _ENTITY_TAG.findall(header) or [part.strip() for part in header.split(",")]
    return bare(tag.strip('"')) in map(bare, named)


def bare(opaque: str) -> str:
    """A tag's text without the name of a coding."""
    return _SUFFIX.sub("", opaque)


def modified_since(header: str, modified: int, now: float) -> bool:
    """False where the client's date says that it has what was modified then; seconds since 1970.

    A date that nobody can read is none (RFC 9110 §13.1.3). Nor is one that has not come yet: it was
    never given out here, or by a clock that was wrong, and would answer 304 until it comes.
    """
    try:
        date = parsedate_to_datetime(header)
        since = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return True
    return modified > since or since > now


def date_now() -> bytes:
    """The Date of an answer that is sent at this moment (RFC 9110 §6.6.1)."""
    return http_date(int(time.time()))


@lru_cache(maxsize=8)
def http_date(seconds: int) -> bytes:
    """Seconds since 1970 as HTTP writes them (RFC 9110 §5.6.7)."""
    return formatdate(seconds, usegmt=True).encode()
