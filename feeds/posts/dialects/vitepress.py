"""VitePress: ``posts/name.md`` becomes ``/posts/name.html``, or ``/posts/name`` with clean addresses."""

from __future__ import annotations

import re
from datetime import datetime

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

CONFIGURATIONS = tuple(f".vitepress/config.{suffix}" for suffix in ("mts", "ts", "mjs", "js"))
_CLEAN = re.compile(r"cleanUrls\s*:\s*true")


def locate(path: str, site: Site) -> Location:
    """The address is the path, dates and all."""
    above, _, name = path.rpartition("/")
    return folders.place(above.split("/") if above else [], name, site, dated=False)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """The site's template, else the file's own path."""
    if site.permalink:
        return folders.filled(site.permalink, fields, location, local, site)
    clean = any(_CLEAN.search(text) for name, text in site.files if name in CONFIGURATIONS)
    parts = filter(None, (location.language, location.section, location.slug))
    return sanitise(encode("/".join(parts))) + ("" if clean else ".html")


def detect(found: Surroundings) -> str:
    """The folder ``.vitepress``."""
    return "the folder .vitepress" if ".vitepress" in found.folders else ""


VITEPRESS = Dialect(
    "vitepress", locate, address, detect=detect, settings=CONFIGURATIONS, undated_is_page=True
)
