"""The door of the stage: a feed in one of its formats."""

from __future__ import annotations

from feeds.model.feed import Document, Feed, Format
from feeds.syndication.fragments import Fragments


def render(feed: Feed, format: Format, *, path: str, fragments: Fragments | None = None) -> Document:  # noqa: A002
    """The feed in that format, to be published at ``path`` under the public folder.

    ``fragments``, an empty dict at first, lets the feeds of one run share the bytes of their entries.
    feedgen is loaded only when an RSS or Atom feed has to be written.
    """
    return Document(path, format.media_type, _body(feed, format, fragments))


def _body(feed: Feed, form: Format, fragments: Fragments | None) -> bytes:
    match form:
        case Format.RSS:
            from feeds.syndication.rss import rss

            return rss(feed, fragments)
        case Format.ATOM:
            from feeds.syndication.atom import atom

            return atom(feed, fragments)
        case Format.JSON:
            from feeds.syndication.jsonfeed import json_feed

            return json_feed(feed)
