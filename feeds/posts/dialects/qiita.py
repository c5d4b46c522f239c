"""Qiita CLI: ``public/*.md`` with ``id``, ``private``, ``ignorePublish``, ``updated_at``; pages on qiita.com.

The site's URL is the author's: ``https://qiita.com/NAME``.
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

_QIITAS_OWN = re.compile(r"^(?:ignorePublish|organization_url_name)\s*:", re.MULTILINE)


def locate(path: str, site: Site) -> Location:
    """The name says nothing but, perhaps, the date; the folder ``.remote`` is Qiita's copy."""
    name = path.rpartition("/")[2]
    stem, dot, suffix = name.rpartition(".")
    split = folders.DATED.fullmatch(stem)
    withheld = "not a post" if stem.lower() == "readme" else ""
    return Location(stem, dot + suffix, stem, date=split[1] if split else "", withheld=withheld)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``/items/ID``, below the author's name."""
    return encode(f"/items/{fields.text('id') or location.stem}")


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """When it was made, if the front matter or the name says so; Qiita writes ``updated_at`` only."""
    written, key = first_date(fields, ("created_at", "published_at", "date"))
    return (written, key) if written else (location.date, "")


def withheld(fields: Fields, location: Location, site: Site) -> str:
    """What is shared by its address only, or is not on Qiita yet."""
    if fields.is_true("private"):
        return "unlisted"
    if fields.is_true("ignorePublish") or not fields.text("id"):
        return "unpublished"
    return ""


def detect(found: Surroundings) -> str:
    """Qiita CLI's configuration file, or its keys in the front matter."""
    if "qiita.config.json" in found.files:
        return "qiita.config.json"
    if any(_QIITAS_OWN.search(text) for text in found.sample):
        return "the front matter of articles: ignorePublish"
    return ""


QIITA = Dialect(
    "qiita",
    locate,
    address,
    date,
    withheld=withheld,
    detect=detect,
    published_line="^id: *[\"']?[0-9a-f]{20}",
    date_hint="put `created_at: 2025-09-14` into the front matter",
)
