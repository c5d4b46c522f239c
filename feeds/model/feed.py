"""Feeds, their entries, and the documents that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from feeds.model.category import Category
from feeds.model.noun import dataclass
from feeds.model.post import Episode, PostIds
from feeds.model.travel import Traveller


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
class Media:
    """A picture, a recording or another file at an address; what nobody knows of it is empty or 0."""

    url: str
    media_type: str = ""
    length: int = 0
    """Bytes."""
    seconds: int = 0
    width: int = 0
    """Pixels."""
    height: int = 0


@dataclass(frozen=True, slots=True)
class Translation:
    """Where the same can be read in another language."""

    language: str
    url: str


@dataclass(frozen=True, slots=True)
class Entry(Traveller):
    """One post as a feed carries it."""

    ids: PostIds
    title: str
    url: str
    published: datetime
    updated: datetime
    authors: tuple[str, ...]
    language: str
    categories: tuple[Category, ...]
    tags: tuple[str, ...]
    excerpt: str
    html: str
    """Empty where the feed, or the feed of this post, carries excerpts only."""
    image: Media | None = None
    enclosures: tuple[Media, ...] = ()
    rights: str = ""
    episode: Episode | None = None
    translations: tuple[Translation, ...] = ()
    """The other posts that say the same, without the entry itself."""


@dataclass(frozen=True, slots=True)
class Podcast:
    """What podcast directories want to know of a feed (the ``itunes:`` elements of a channel)."""

    categories: tuple[tuple[str, ...], ...]
    """Of Apple's list: the category, and its subcategory where there is one; the main one first."""
    author: str = ""
    owner_name: str = ""
    owner_email: str = ""
    """Empty unless the owner wants it to be public."""
    image: str = ""
    """Absolute URL of the cover."""
    explicit: bool = False
    kind: str = "episodic"
    """``episodic`` (newest first) or ``serial`` (in order)."""


@dataclass(frozen=True, slots=True)
class Alternate:
    """The same feed in another format, or a feed of the same in another language."""

    format: Format
    url: str
    language: str = ""
    """Empty for the same feed."""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Feed(Traveller):
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
    hubs: tuple[str, ...] = ()
    """Absolute URLs of its WebSub hubs."""
    icon: str = ""
    """Absolute URL of a square picture."""
    logo: str = ""
    """Absolute URL of a picture twice as wide as high."""
    rights: str = ""
    podcast: Podcast | None = None
    pages: Mapping[str, Mapping[Format, str]] = field(default_factory=dict)
    """Absolute URLs of its other pages, by relation (RFC 5005 §4): ``prev-archive`` for older entries,
    ``next-archive`` for newer ones, ``current`` for the newest."""
    is_archive: bool = False
    """Whether it is a page of the archive, that is, not the one that readers subscribe to."""
    stylesheet: str = ""
    """Absolute URL of the CSS with which browsers show it."""
    alternates: tuple[Alternate, ...] = ()


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
    kind: str = ""
    """``all``, ``category``, ``tag`` or ``author``; empty: what the key begins with."""
    only: str = ""
    """The language that it is limited to; empty for posts of every language."""


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """A document on disk and the validators it is served with (RFC 9110 §8.8)."""

    file: str
    media_type: str
    etag: str
    """A strong entity tag with its quotes."""
    last_modified: datetime
    feed: str = ""
    """Name of the feed whose document it is; empty for lists of feeds."""
