"""Feeds, their entries, and the documents that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from feeds.model.category import Category
from feeds.model.post import PostIds


class Format(StrEnum):
    """A feed format; the value is its name in the configuration and in file names."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """What a document's file name ends with, after the stem."""
        return ".json" if self is Format.JSON else f".{self.value}.xml"

    @property
    def media_type(self) -> str:
        return {
            Format.RSS: "application/rss+xml",
            Format.ATOM: "application/atom+xml",
            Format.JSON: "application/feed+json",
        }[self]


@dataclass(frozen=True, slots=True)
class Entry:
    """One post as a feed carries it."""

    ids: PostIds
    title: str
    url: str
    published: datetime
    updated: datetime
    author: str
    language: str
    categories: tuple[Category, ...]
    tags: tuple[str, ...]
    excerpt: str
    html: str
    """Empty when the feed carries excerpts only."""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A titled, dated list of entries with a permanent id."""

    key: str
    """``all`` or ``category/<slug>``: also the stem of its documents' file names."""
    id: str
    """The Atom id: an absolute URI, given at first publication and kept for ever."""
    title: str
    description: str
    home: str
    """Absolute URL of the page that shows the same posts."""
    language: str
    author: str
    updated: datetime
    """The newest ``updated`` of its entries; for an empty feed, when it was first published."""
    addresses: dict[Format, str]
    """Absolute URL of each format's document: its ``rel=self``."""
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The bytes of a feed in one format, or of an index of all feeds."""

    path: str
    """Relative to the public folder, with forward slashes."""
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class FeedSummary:
    """A published feed as lists of feeds show it."""

    key: str
    title: str
    description: str
    posts: int
    """How many visible posts belong to it, shown or not."""
    addresses: dict[Format, str]
    home: str = ""
    """Absolute URL of the page that shows the same posts."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """A document on disk and the validators it is served with (RFC 9110 §8.8)."""

    file: str
    media_type: str
    etag: str
    """A strong entity tag with its quotes."""
    last_modified: datetime
