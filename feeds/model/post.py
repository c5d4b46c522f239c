"""Posts, and what else a file in the posts folder can turn out to be."""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum

from feeds.model.noun import dataclass
from feeds.model.travel import Traveller


@dataclass(frozen=True, slots=True)
class Source(Traveller):
    """A file found in the posts folder, not yet parsed."""

    path: str
    """Relative to the posts folder, with forward slashes, as the disk spells it."""
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class PostIds(Traveller):
    """The permanent ids of a post, one for each feed format."""

    rss: str
    atom: str
    json: str


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A media file that belongs to a post, as its front matter names it."""

    url: str
    media_type: str = ""
    """Empty where the front matter does not say."""
    length: int = 0
    """Bytes; 0 where the front matter does not say."""
    seconds: int = 0
    """How long it plays; 0 where the front matter does not say."""


@dataclass(frozen=True, slots=True)
class Episode:
    """What podcast directories want to know of a post (the ``itunes:`` elements)."""

    season: int = 0
    number: int = 0
    kind: str = ""
    """``full``, ``trailer``, ``bonus``, or empty."""
    explicit: bool = False
    image: str = ""
    """Absolute URL, or empty."""


class Guess(StrEnum):
    """Where the date of a post is from that nobody wrote down."""

    COMMIT = "commit"
    """The commit that published it."""
    UPDATED = "updated"
    """When it was last changed: it may have been published before."""
    SIGHT = "sight"
    """It is that of first sight, which reading does not know: until then the post has ``UNDATED``."""


UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Post(Traveller):
    """One Markdown piece with its front matter.

    A post that was just parsed carries the ids it would get at first sight and no ``key``;
    a post from the store carries the ids that it was given then, and its ``key``.
    """

    path: str
    fingerprint: str
    """Digest of the bytes of the file: of the body, a colon, of what stands above it."""
    title: str
    slug: str
    url: str
    published: datetime
    ids: PostIds
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    """Labels as the author wrote them, in NFC, without blanks at the ends."""
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    """Names, as feeds show them."""
    language: str = ""
    excerpt: str = ""
    """Plain text from the front matter; empty means: cut it from the body."""
    image: str = ""
    """Absolute URL, or empty."""
    image_alt: str = ""
    declared_id: str = ""
    """The id that the front matter gives, if it gives one; with the language of a translation behind it."""
    in_mail: bool = True
    """False where the front matter says ``newsletter: false``."""
    in_feeds: bool = True
    """False where the front matter says ``feed: false``."""
    expires: datetime | None = None
    """When the post stops being visible."""
    translation_key: str = ""
    """What a post and its translations have in common; empty where it has none."""
    feed_content: str = ""
    """``full`` or ``excerpt`` where the post differs from the site, else empty."""
    rights: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None
    notes: tuple[str, ...] = ()
    """Oddities that keep the post from nobody, such as a key that stands twice."""
    key: int | None = None
    guess: Guess | None = field(default=None, compare=False)
    """Of a post that was just parsed, where nobody wrote its date down."""

    @property
    def author(self) -> str:
        """The names on one line."""
        return ", ".join(self.authors)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A file that is not shown, for a named reason."""

    path: str
    fingerprint: str
    reason: str
    """One of ``draft``, ``future``, ``expired``, ``unpublished``, ``unlisted``, ``not a post``."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that should be a post and cannot be one, and why."""

    path: str
    fingerprint: str
    line: int
    """Counted from 1; 0 where no line is to blame."""
    key: str
    """The front matter key to blame, or empty."""
    message: str


Parsed = Post | Withheld | Problem


@dataclass(frozen=True, slots=True)
class Rendering(Traveller):
    """The body of a post as feeds and mails carry it."""

    html: str
    """Sanitised; every URL absolute; no character that XML forbids."""
    excerpt: str
    """Plain text: the front matter's, or cut from the body at a sentence end."""
    minutes: int
    """Reading time, at least 1."""
    image: str
    """Absolute URL of the front matter's image, else of the first in the body, else empty."""
    image_alt: str
    references: tuple[str, ...] = ()
    """Names of other posts that the body refers to; their addresses are in the HTML."""
