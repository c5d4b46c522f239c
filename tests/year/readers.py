"""Programs that subscribe to one feed, poll it, and keep what they saw as their users see it."""

from __future__ import annotations

import sqlite3
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Protocol

from tests.judges.newsboat import Newsboat
from tests.year.magazine import MARK


class Subscriber(Protocol):
    """Somebody with a program that reads one feed."""

    def poll(self) -> list[str]:
        """Fetches the feed, and reads what is unread: its marks, in no order."""
        ...

    def kept(self) -> list[str]:
        """The marks of all entries that the program keeps."""
        ...


class WithNewsboat:
    """newsboat with its cache."""

    def __init__(self, folder: Path, url: str) -> None:
        folder.mkdir()
        self._box = Newsboat(folder, [url])
        self._cache = folder / "cache.db"

    def poll(self) -> list[str]:
        said = self._box.reload()
        connection = sqlite3.connect(self._cache)
        with connection:
            unread = connection.execute("SELECT content FROM rss_item WHERE unread = 1").fetchall()
            connection.execute("UPDATE rss_item SET unread = 0")
        connection.close()
        assert "error" not in said.casefold(), said
        return [_mark(content) for (content,) in unread]

    def kept(self) -> list[str]:
        connection = sqlite3.connect(self._cache)
        items = connection.execute("SELECT content FROM rss_item").fetchall()
        connection.close()
        return [_mark(content) for (content,) in items]


class WithReader:
    """The library ``reader`` with its database."""

    def __init__(self, folder: Path, url: str) -> None:
        import reader

        folder.mkdir()
        self._reader = reader.make_reader(str(folder / "reader.sqlite"))
        self._reader.add_feed(url)
        self._url = url

    def poll(self) -> list[str]:
        self._reader.update_feed(self._url)
        unread = list(self._reader.get_entries(read=False))
        for entry in unread:
            self._reader.mark_entry_as_read(entry)
        return [self._mark(entry) for entry in unread]

    def kept(self) -> list[str]:
        return [self._mark(entry) for entry in self._reader.get_entries()]

    @staticmethod
    def _mark(entry: Any) -> str:
        return _mark(entry.get_content().value)


_VALIDATORS = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}


class WithFeedparser:
    """A script of somebody's own: feedparser, a set of ids, and both validators."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._validators: dict[str, str] = {}
        self._seen: dict[str, str] = {}

    def poll(self) -> list[str]:
        import feedparser

        request = urllib.request.Request(self._url, headers={"User-Agent": "script/1"} | self._validators)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                body = answer.read()
                told = {ask: answer.headers[name] for ask, name in _VALIDATORS.items()}
                self._validators = {ask: value for ask, value in told.items() if value}
        except urllib.error.HTTPError as error:
            if error.code != 304:
                raise
            return []
        entries = {entry.id: _mark(entry.content[0].value) for entry in feedparser.parse(body).entries}
        new = [mark for entry_id, mark in entries.items() if entry_id not in self._seen]
        self._seen |= entries
        return new

    def kept(self) -> list[str]:
        return list(self._seen.values())


def _mark(content: str) -> str:
    found = MARK.search(content)
    assert found is not None, content
    return found[0]
