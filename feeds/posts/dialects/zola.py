"""Zola: TOML between ``+++``, ``path``, taxonomies in a table of their own."""

from __future__ import annotations

import re
from datetime import datetime

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location, first_date
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site

_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)", re.ASCII)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``path`` as it stands, else the site's template, else section and slug; ends with a slash."""
    own = fields.text("path")
    if own:
        return sanitise(encode(own.strip("/") + "/"))
    path = folders.filled(site.permalink or "/:section/:slug/", fields, location, local, site)
    return folders.with_language(path, location, site)


def date(fields: Fields, location: Location) -> tuple[str, str]:
    """``date``, else the file name's, else the one that ``path`` spells, as the Rust blogs have it."""
    written, key = first_date(fields, ("date",))
    if written or location.date:
        return (written, key) if written else (location.date, "")
    spelt = _DATED_PATH.search(fields.text("path"))
    return ("-".join(spelt.groups()), "path") if spelt else ("", "")


ZOLA = Dialect(
    "zola",
    folders.locate,
    address,
    date,
    categories=folders.many("taxonomies.categories", "taxonomies.category", "extra.category", "categories"),
    tags=folders.many("taxonomies.tags", "taxonomies.tag", "tags"),
    undated_is_page=True,
    templated=True,
)
