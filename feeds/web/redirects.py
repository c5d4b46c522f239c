"""Old addresses of feeds, and those that feed readers guess."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from feeds.model.feed import Format

if TYPE_CHECKING:
    from feeds.service import Service

_ANY = (Format.RSS, Format.ATOM, Format.JSON)
GUESSES = {
    "/feed": _ANY,
    "/feed.xml": _ANY,
    "/rss": _ANY,
    "/rss.xml": _ANY,
    "/rss/feed.xml": _ANY,
    "/index.xml": _ANY,
    "/index.rss": _ANY,
    "/atom": (Format.ATOM, Format.RSS, Format.JSON),
    "/atom.xml": (Format.ATOM, Format.RSS, Format.JSON),
    "/feed.atom": (Format.ATOM, Format.RSS, Format.JSON),
    "/feed.json": (Format.JSON, Format.RSS, Format.ATOM),
}
"""Where readers look for a site's feed, and which format each expects."""


class Redirects:
    """Where a path that is no document leads."""

    def __init__(self, service: Service) -> None:
        config = service.config
        self._service = service
        self._old = config.redirects
        self._formats = config.feeds.formats
        self._base = urlsplit(config.site.url).path.rstrip("/")
        self._feeds_url = config.feeds.url.rstrip("/")
        self._below_site = self._feeds_url.startswith(config.site.url.rstrip("/"))
        self._site_url = config.site.url.rstrip("/")

    def location(self, path: str, prefix: str = "") -> str | None:
        """The address for this decoded path, if there is one; the query of the request is not passed on.

        An address on the same site begins as the one asked for did: with the proxy's ``prefix``, with
        the site's path, or with neither.
        """
        path = unicodedata.normalize("NFC", path)
        start = prefix
        if self._base and path.startswith(f"{self._base}/"):
            path, start = path.removeprefix(self._base), start + self._base
        target = self._old.get(path) or self._guess(path)
        if target is None or not target.startswith("/"):
            return target
        return quote(start + target, safe="/:@!$&'()*+,;=-._~")

    def _guess(self, path: str) -> str | None:
        expected = GUESSES.get(path.rstrip("/") or "/")
        if expected is None:
            return None
        form = next(form for form in expected if form in self._formats)
        address = f"{self._feeds_url}/all{form.suffix}"
        if self._service.document(urlsplit(address).path) is None:
            return None  # nothing was published yet
        return address.removeprefix(self._site_url) if self._below_site else address
