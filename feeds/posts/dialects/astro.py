"""Astro: content collections in ``src/content`` or ``src/data``, pages in ``src/pages``; ``.mdx`` as well.

Which address a collection has is code of the site; its own folder's name is what the templates that people
begin with take, and ``init`` looks into ``src/pages`` for another.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location, first_date
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

CONFIGURATIONS = tuple(f"astro.config.{suffix}" for suffix in ("mjs", "js", "ts", "mts", "cjs", "cts"))
_ROOTS = ("src/content/", "src/data/", "src/pages/", "content/", "data/")
_DATE_KEYS = (
    "pubDate", "pubDatetime", "publishDate", "publishedAt", "publishedDate", "published", "date", "createdAt",
    "published_at", "publish_date", "datePublished", "created", "created_at", "created_time",
)  # fmt: skip
_TRAILING_SLASH = re.compile(r"""trailingSlash\s*:\s*["'](\w+)["']""")
_BUILD_FORMAT = re.compile(r"""format\s*:\s*["'](file|directory|preserve)["']""")


def locate(path: str, site: Site) -> Location:
    """The collection and the folders in it are the section."""
    above_posts = site.folder.rpartition("/")[0]
    other = f"{above_posts}/" if above_posts and path.startswith(f"{site.folder}/") else ""
    root = next((root for root in _ROOTS if path.startswith(root)), other)
    above, _, name = path[len(root) :].rpartition("/")
    parts = above.split("/") if above else []
    if parts and any(part[:1] == "_" for part in (*parts, name)):
        return Location(name, "", "", withheld="not a post")  # Astro passes over such names
    collection, inner = parts[:1], parts[1:]
    found = folders.place(inner, name, site, dated=False)
    section = "/".join(filter(None, (*collection, found.section)))
    return Location(
        found.stem, found.suffix, found.slug, section, found.date, (), found.language, found.withheld,
        translation="/".join(filter(None, (*collection, found.translation))),
    )  # fmt: skip


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """The site's template, else language, collection and path, as ``github-slugger`` spells them."""
    collection, _, inner = location.section.partition("/")
    own = fields.text("slug")
    path = (
        own.strip("/")
        if own
        else "/".join(_slug(part) for part in (*inner.split("/"), location.slug) if part)
    )
    if site.permalink:
        within = Location(location.stem, location.suffix, path, "", location.date)
        made = folders.filled(site.permalink, fields, within, local, site)
        return folders.with_language(made, location, site)
    language = location.language if location.language != site.language else ""
    made = sanitise(encode("/".join(filter(None, (collection, language, path)))))
    return made + _ending(site)


def _ending(site: Site) -> str:
    """A slash, unless the configuration has none at the ends of addresses."""
    for name, text in site.files:
        if name in CONFIGURATIONS:
            slash, form = _TRAILING_SLASH.search(text), _BUILD_FORMAT.search(text)
            if (slash and slash[1] == "never") or (form and form[1] == "file" and not slash):
                return ""
    return "/"


def _slug(name: str) -> str:
    """``github-slugger``: small letters; letters, digits, marks, ``-`` and ``_`` of every script."""
    kept = (c for c in name.lower() if c in "-_ " or unicodedata.category(c)[0] in "LMN")
    return "".join(kept).replace(" ", "-")


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """``pubDate`` or one of its other names, else the file name's date."""
    written, key = first_date(fields, _DATE_KEYS)
    return (written, key) if written else (location.date, "")


def detect(found: Surroundings) -> str:
    """Astro's configuration file."""
    return next((name for name in CONFIGURATIONS if name in found.files), "")


ASTRO = Dialect("astro", locate, address, date, detect=detect, settings=CONFIGURATIONS, undated_is_page=True)
