"""Frames, old plug-ins and ``<noscript>``, in HTML that was not sanitised yet."""

from __future__ import annotations

import re
from html import unescape

from feeds.posts import images, players

_FRAME = re.compile(r"<(iframe|embed|object)\b([^<>]{1,4000})>", re.IGNORECASE)
_SOURCE = re.compile(
    r"(?<![\w-])(data-src|data-lazy-src|data-url|src|data)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"(?<![\w-])title\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_HTTP = re.compile(r"(?:https?:)?//[^\s/?#]", re.IGNORECASE)
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_FALLBACK = re.compile(
    r"(<img\b[^<>]{0,4000}>)?(\s{0,100})<noscript\b[^<>]{0,200}>((?:[^<]|<(?!/?noscript\b)){0,8000})</noscript>",
    re.IGNORECASE,
)
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_LAZY = re.compile(
    "|".join((*images.LAZY, *images.LAZY_SETS)) + r"|\bclass\s*=[^<>]*\blazy|src\s*=\s*[\"']?data:",
    re.IGNORECASE,
)


def linked_frames(html: str) -> str:
    """The HTML with a link before every frame to what it shows."""
    return _FRAME.sub(_linked, html)


def without_fallbacks(html: str) -> str:
    """The HTML with what browsers without scripts would show of a lazy image, in its place."""
    return _FALLBACK.sub(_fallback, html)


def _linked(frame: re.Match[str]) -> str:
    sources = {key.lower(): unescape(value.strip("\"'")).strip() for key, value in _SOURCE.findall(frame[2])}
    address = next(
        (
            sources[key]
            for key in ("data-src", "data-lazy-src", "data-url", "src", "data")
            if sources.get(key)
        ),
        "",
    )
    if not address or (_HAS_SCHEME.match(address) and not _HTTP.match(address)):
        return frame[0]
    known = players.player(address)
    if frame[1].lower() != "iframe" and known is None:
        return frame[0]  # a film that nothing plays any more
    titled = _TITLE.search(frame[2])
    title = unescape(titled[1] or titled[2] or "").strip() if titled else ""
    return f"{players.shown(address, '' if title in _NO_TITLES else title)}{frame[0]}"


_NO_TITLES = frozenset(
    {"YouTube video player", "YouTube video", "Vimeo video player", "Embedded content", "iframe"}
)


def _fallback(found: re.Match[str]) -> str:
    image, blank, inner = found.groups()
    shown = "".join(_IMAGE.findall(inner))
    if not shown:
        return found[0]
    if image and not _LAZY.search(image):
        return f"{image}{blank}{shown}"
    return shown
