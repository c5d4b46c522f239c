"""Hugo: ``content/``, sections, a language for each folder, ``url`` and ``slug``."""

from __future__ import annotations

from datetime import datetime

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import DATE_KEYS, Dialect, Location, first_date
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``url`` as it stands, else the site's template, else section and slug, in lower case as Hugo has it."""
    if own := fields.text("url"):
        return sanitise(encode(own))
    path = folders.filled(site.permalink or "/:section/:slug/", fields, location, local, site)
    return folders.with_language(path.lower().replace("%20", "-"), location, site)


def date(fields: Fields, location: Location) -> tuple[str, str]:
    """``date`` or ``publishDate``, else the file name's."""
    written, key = first_date(fields, DATE_KEYS)
    return (written, key) if written else (location.date, "")


HUGO = Dialect(
    "hugo",
    folders.locate,
    address,
    date,
    categories=folders.many("categories", "category"),
    tags=folders.many("tags", "tag"),
    undated_is_page=True,
    templated=True,
)
