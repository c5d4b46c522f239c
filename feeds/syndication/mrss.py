"""Media RSS: pictures, recordings and files of an entry, in RSS and in Atom.

https://www.rssboard.org/media-rss
"""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from feeds.model.feed import Entry, Media
from feeds.syndication.text import media_type, uri

NAMESPACE = "http://search.yahoo.com/mrss/"

_PLAYABLE = ("audio/", "video/")
UNKNOWN_TYPE = "application/octet-stream"
"""Formats that need a media type get this one where nobody knows it (RFC 2046 §4.5.1)."""


def add_media(element: _Element, entry: Entry, also: tuple[Media, ...] = ()) -> None:
    """The picture of the entry, as thumbnail and as content where its type is known, and other files."""
    if (image := entry.image) and image.url:
        SubElement(element, f"{{{NAMESPACE}}}thumbnail", {"url": uri(image.url), **_pixels(image)})
        if media_type(image.media_type):
            _content(element, image)
    for media in also:
        _content(element, media)


def files_of(entry: Entry) -> tuple[Media, ...]:
    """The files of the entry, that one first which an RSS item encloses: the first that plays, if any does.

    All formats keep this order, as many readers look at the first only.
    """
    return tuple(sorted(entry.enclosures, key=lambda media: not media.media_type.startswith(_PLAYABLE)))


def _content(element: _Element, media: Media) -> None:
    kind = media_type(media.media_type)
    known = {
        "url": uri(media.url),
        "type": kind,
        "medium": _medium(kind),
        "fileSize": _number(media.length),
        "duration": _number(media.seconds),
        **_pixels(media),
    }
    attributes = {name: value for name, value in known.items() if value}
    SubElement(element, f"{{{NAMESPACE}}}content", attributes)


def _medium(kind: str) -> str:
    medium = kind.partition("/")[0]
    return medium if medium in ("image", "audio", "video") else "document"


def _pixels(media: Media) -> dict[str, str]:
    if media.width <= 0 or media.height <= 0:
        return {}
    return {"width": str(media.width), "height": str(media.height)}


def _number(number: int) -> str:
    return str(number) if number > 0 else ""
