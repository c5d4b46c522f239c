"""Documents compressed: once for each change, not for each reader."""

from __future__ import annotations

import functools
from typing import Any

GZIP, BROTLI = "gzip", "br"
"""Content codings, by their names in HTTP (RFC 9110 §8.4.1, RFC 7932)."""

SUFFIXES = {GZIP: ".gz", BROTLI: ".br"}
"""What web servers look for beside a document."""

WORTHWHILE = 1024
"""Bytes; what is smaller gains nothing."""

_GZIP_LEVEL = 6
_BROTLI_QUALITY = 5
"""Both are where more work stops making feeds smaller."""


def compressed(body: bytes, coding: str) -> bytes:
    """The body in this coding; same body, same bytes: no file name, no time."""
    if coding == GZIP:
        import gzip

        return gzip.compress(body, _GZIP_LEVEL, mtime=0)
    brotli = _brotli()
    assert brotli is not None, coding  # whoever asks has looked at `codings`
    made: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
    return made


def plain(body: bytes, coding: str) -> bytes | None:
    """What was compressed, or None where these bytes are nothing of the kind."""
    import gzip

    try:
        if coding == GZIP:
            return gzip.decompress(body)
        brotli = _brotli()
        return None if brotli is None else bytes(brotli.decompress(body))
    except Exception:  # zlib, gzip and brotli raise six kinds for bytes that are not theirs
        return None


def codings() -> tuple[str, ...]:
    """The codings that this installation can make, the smallest first."""
    return (GZIP,) if _brotli() is None else (BROTLI, GZIP)


@functools.cache
def _brotli() -> Any:
    try:
        import brotli
    except ImportError:
        return None
    return brotli
