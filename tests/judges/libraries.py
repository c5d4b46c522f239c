"""The feed readers of Python: feedparser, and the library ``reader``."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from feeds.model.feed import Format
from tests.judges.documents import Judge, Reading, Seen, Served, failed

XML = frozenset({Format.RSS, Format.ATOM})


def feedparser(**how: bool) -> Judge:
    """feedparser reads the bytes, with all its cleaning unless told otherwise."""
    return Judge("feedparser", XML, lambda documents: {each.url: _parsed(each, how) for each in documents})


def _parsed(served: Served, how: dict[str, bool]) -> Reading:
    import feedparser as library

    read = library.parse(served.body, **how)
    complaints = (f"bozo: {read.bozo_exception}",) if read.bozo else ()
    return Reading(complaints, tuple(map(_of_feedparser, read.entries)))


def _of_feedparser(entry: Any) -> Seen:
    moment = entry.get("published_parsed")
    enclosures = entry.get("enclosures") or [{}]
    return Seen(
        id=entry.get("id", ""),
        link=entry.get("link", ""),
        title=entry.get("title", ""),
        date=calendar.timegm(moment) if moment else 0,
        enclosure=enclosures[0].get("href", ""),
    )


def reader() -> Judge:
    """``reader`` fetches each document and keeps it in its own database."""
    try:
        import reader as library
    except ImportError:
        return Judge("reader", frozenset(Format), lambda _: {}, "pip install '.[judges]' brings it")

    def read(documents: Sequence[Served]) -> dict[str, Reading]:
        store = library.make_reader(":memory:", feed_root="")  # addresses may be files
        for each in documents:
            store.add_feed(each.url)
        store.update_feeds()
        return {each.url: _kept(store, each.url) for each in documents}

    return Judge("reader", frozenset(Format), read)


def _kept(store: Any, url: str) -> Reading:
    feed = store.get_feed(url)
    if feed.last_exception is not None:
        return failed(feed.last_exception.value_str)
    return Reading((), tuple(map(_of_reader, store.get_entries(feed=url))))


def _of_reader(entry: Any) -> Seen:
    moment = entry.published
    return Seen(
        id=entry.id,
        link=entry.link or "",
        title=entry.title or "",
        date=int(moment.astimezone(UTC).timestamp()) if moment else 0,
        enclosure=entry.enclosures[0].href if entry.enclosures else "",
    )
