"""Zenn: ``articles/SLUG.md`` with ``emoji``, ``type``, ``topics``, ``published``; its page is on zenn.dev.

The site's URL is the author's: ``https://zenn.dev/NAME``.
"""

from __future__ import annotations

import re
from datetime import datetime

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location, first_date
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

_ZENNS_OWN = re.compile(r"^emoji\s*:", re.MULTILINE)
_AND_ITS = re.compile(r"^(?:topics|type|published)\s*:", re.MULTILINE)


def locate(path: str, site: Site) -> Location:
    """The name is the slug; books are no posts, nor is what lies in folders below ``articles``."""
    parts = path.split("/")
    deeper = "articles" in parts[:-2]
    stem, dot, suffix = parts[-1].rpartition(".")
    split = folders.DATED.fullmatch(stem)
    withheld = "not a post" if deeper or "books" in parts or stem.lower() == "readme" else ""
    return Location(stem, dot + suffix, stem, date=split[1] if split else "", withheld=withheld)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``/articles/SLUG``, below the author's name."""
    return encode(f"/articles/{location.stem}")


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """``published_at``, else the file name's date."""
    written, key = first_date(fields, ("published_at", "date", "created_at"))
    return (written, key) if written else (location.date, "")


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """``topics``."""
    return folders.listed(fields, ("topics", "tags"))


def detect(found: Surroundings) -> str:
    """A folder ``articles`` whose front matter has an ``emoji``."""
    if any(_ZENNS_OWN.search(text) and _AND_ITS.search(text) for text in found.sample):
        return "the front matter of articles: emoji, type, topics"
    if "articles" in found.folders and '"zenn-cli"' in found.texts.get("package.json", ""):
        return "zenn-cli in package.json"
    return ""


ZENN = Dialect(
    "zenn",
    locate,
    address,
    date,
    tags=tags,
    detect=detect,
    published_line="^published: *[\"']?true",
    date_hint="put `published_at: 2025-09-14 12:00` into the front matter",
)
