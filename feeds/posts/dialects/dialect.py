"""What differs from one site generator to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from feeds.posts.fields import Fields
from feeds.posts.site import Site


@dataclass(frozen=True, slots=True)
class Location:
    """What the path of a file says about the post in it."""

    stem: str
    """The file name without its suffix, or the folder's name for an ``index.md``."""
    suffix: str
    slug: str
    section: str = ""
    """Folders above the file, below where posts begin, with slashes."""
    date: str = ""
    categories: tuple[str, ...] = ()
    language: str = ""
    withheld: str = ""
    """``draft`` or ``not a post`` where the path alone settles it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one generator reads a folder of posts."""

    name: str
    locate: Callable[[str, Site], Location]
    """What a path below the site's root says."""
    address: Callable[[Fields, Location, datetime, Site], str]
    """The URL path of a post, given its local date; begins with a slash. Raises Trouble."""
    date: Callable[[Fields, Location], tuple[str, str]]
    """The date as it was written and the key it stands under; both empty if there is none."""
    categories: Callable[[Fields, Location], list[str]]
    tags: Callable[[Fields, Location], list[str]]
    undated_is_page: bool = False
    """Whether a file without a date is a page, and so no post, rather than a problem."""
    exact_is_utc: bool = False
    """See ``dates.read_date``."""
    templated: bool = False
    """Whether bodies may hold Liquid, shortcodes or kramdown's attribute lists."""


MARKDOWN = frozenset({".md", ".markdown", ".mkd", ".mkdn", ".mkdown", ".mdown"})
"""Suffixes of Markdown files, in every dialect."""

HTML = frozenset({".html", ".htm"})

DATE_KEYS = ("date", "published_at", "publishDate", "pubDate", "published_date", "created")
UPDATED_KEYS = ("last_modified_at", "updated", "lastmod", "modified", "updated_at", "updatedDate")
"""Where authors write when a post was last changed; the first that is there counts."""


def first_date(fields: Fields, keys: tuple[str, ...]) -> tuple[str, str]:
    """The first of these keys that has a value, and the value before it."""
    for key in keys:
        if written := fields.text(key):
            return written, key
    return "", ""
