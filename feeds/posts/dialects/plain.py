"""A folder of Markdown files and no generator that we know; also Eleventy, Astro and the like."""

from __future__ import annotations

from datetime import datetime

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import DATE_KEYS, Dialect, Location, first_date
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``permalink`` or ``url`` as it stands, else the site's template, else folder and slug."""
    own = fields.text("permalink", "url")
    if own and "://" not in own and "{" not in own:  # a template of another language says nothing here
        return sanitise(encode(own))
    path = folders.filled(site.permalink or "/:section/:slug/", fields, location, local, site)
    return folders.with_language(path, location, site)


def date(fields: Fields, location: Location) -> tuple[str, str]:
    """The front matter's date under any of its usual names, else the file name's."""
    written, key = first_date(fields, DATE_KEYS)
    return (written, key) if written else (location.date, "")


PLAIN = Dialect(
    "plain",
    folders.locate,
    address,
    date,
    categories=folders.many("categories", "category"),
    tags=folders.many("tags", "tag", "keywords", "taxonomies.tags"),
)
