"""Docusaurus' blog, as plugin-content-blog's blogUtils.ts has it: ``blog/2025-09-14-name.md`` or a folder."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from feeds.posts.authors import authors_under, named_in
from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location
from feeds.posts.dialects.settings import Files, Table, settings_of
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

CONFIGURATIONS = tuple(f"docusaurus.config.{suffix}" for suffix in ("js", "ts", "mjs", "cjs", "mts", "cts"))
_DATED = re.compile(
    r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<name>.*?)(?:/index)?", re.ASCII
)
_BASE_PATH = re.compile(r"""blog\s*:\s*\{[^{}]*?routeBasePath\s*:\s*["']([^"']*)["']""", re.DOTALL)
_TRAILING_SLASH = re.compile(r"trailingSlash\s*:\s*(true|false)")


def locate(path: str, site: Site) -> Location:
    """Date and slug from the path below ``blog``; names with ``_`` in front are passed over."""
    parts, name = folders.below(path, site)
    if not site.folder and parts[:1] == ["blog"]:
        parts = parts[1:]
    stem, dot, suffix = name.rpartition(".")
    if any(part.startswith("_") for part in (*parts, name)):
        return Location(stem, dot + suffix, "", withheld="not a post")
    inner = "/".join((*parts, stem))
    found = _DATED.fullmatch(inner)
    if not found:
        slug = inner.removesuffix("/index")
        return Location(stem, dot + suffix, slug, translation=slug)
    date = found["date"].replace("/", "-")
    slug = "/".join((found["date"].replace("-", "/"), found["name"]))
    return Location(stem, dot + suffix, f"{found['folder']}{slug}", date=date, translation=inner)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``slug`` of the front matter, else the date and name of the file, below ``/blog``."""
    base, slash = _routes(site.files)
    if site.permalink:
        return folders.filled(site.permalink, fields, location, local, site)
    path = sanitise(encode(f"{base}/{fields.text('slug') or location.slug}")).rstrip("/")
    return f"{path}/" if slash else path or "/"


@lru_cache(maxsize=4)
def _routes(files: Files) -> tuple[str, bool]:
    text = "".join(text for name, text in files if name in CONFIGURATIONS)
    base, slash = _BASE_PATH.search(text), _TRAILING_SLASH.search(text)
    return (base[1] if base else "blog").strip("/"), bool(slash and slash[1] == "true")


def detect(found: Surroundings) -> str:
    """Docusaurus' configuration file."""
    return next((name for name in CONFIGURATIONS if name in found.files), "")


@lru_cache(maxsize=4)
def _authors_table(files: Files) -> Table:
    return settings_of(tuple((name, text) for name, text in files if name not in CONFIGURATIONS))


def authors(fields: Fields, location: Location, site: Site) -> list[str]:
    """``authors``, else ``author``; a key of the blog's ``authors.yml`` stands for the name there."""
    named = authors_under(fields, "authors") or authors_under(fields, "author")
    return [named_in(_authors_table(site.files), name) for name in named]


DOCUSAURUS = Dialect(
    "docusaurus",
    locate,
    address,
    authors=authors,
    detect=detect,
    settings=(*CONFIGURATIONS, "{posts}/authors.yml", "{posts}/authors.yaml"),
)
