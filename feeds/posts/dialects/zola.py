"""Zola, as components/content/src/page.rs and components/utils/src/slugs.rs have it.

TOML between ``+++``, ``path``, taxonomies in a table of their own, ``name.fr.md`` for another language.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache

from feeds.model.noun import dataclass
from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location, first_date
from feeds.posts.dialects.settings import Files, flag, settings_of, table, text
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

_DATED_PATH = re.compile(r"(?:^|/)(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)", re.ASCII)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_CONFIGURATIONS = ("zola.toml", "config.toml")


@dataclass(frozen=True, slots=True)
class _Settings:
    own_language: str
    languages: frozenset[str]
    slugify: str
    """``on``, ``safe`` or ``off``."""
    keep_dates: bool


@lru_cache(maxsize=4)
def _settings(files: Files, language: str) -> _Settings:
    said = settings_of(files)
    slugify = said.get("slugify")
    return _Settings(
        own_language=text(said.get("default_language")) or ("en" if files else language),
        languages=frozenset(table(said.get("languages"))),
        slugify=text(table(slugify).get("paths")) or "on",
        keep_dates=flag(table(slugify).get("paths_keep_dates")),
    )


def locate(path: str, site: Site) -> Location:
    """Section, slug and language from the path below ``content``; no date is in the slug."""
    settings = _settings(site.files, site.language)
    if path.startswith("content/"):
        above, _, name = path[len("content/") :].rpartition("/")
        parts = above.split("/") if above else []
    else:
        parts, name = folders.below(path, site)
    languages = settings.languages if site.files else None
    return folders.place(parts, name, site, languages=languages, dated=not settings.keep_dates)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``path`` as it stands, else the site's template, else section and slug; ends with a slash."""
    if own := fields.text("path"):
        return sanitise(encode(own.strip("/") + "/"))
    if site.permalink:
        path = folders.filled(site.permalink, fields, location, local, site)
        return folders.with_language(path, location, site)
    settings = _settings(site.files, site.language)
    parts = [location.section, _slug(fields.text("slug") or location.slug, settings.slugify)]
    if location.language and location.language != settings.own_language:
        parts.insert(0, location.language)
    return sanitise(encode("/".join(filter(None, parts)) + "/"))


def _slug(name: str, strategy: str) -> str:
    if strategy == "off":
        return name
    if strategy == "safe":
        return _FORBIDDEN.sub("", name.rstrip(" ."))
    return latin(name) or name


def latin(name: str) -> str:
    """Small Latin letters and digits, joined by hyphens; letters that have no such form vanish."""
    if name.isascii():
        plain = name.lower()
    else:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")


def notes(fields: Fields, location: Location, site: Site) -> tuple[str, ...]:
    """That an address is a guess, where Zola transliterates what we do not."""
    name = fields.text("slug") or location.slug
    if name.isascii() or site.permalink or fields.text("path"):
        return ()
    if _settings(site.files, site.language).slugify != "on" or _only_accents(name):
        return ()
    return (
        'Zola spells this address in Latin letters its own way: add a `slug`, or `[slugify] paths = "safe"`',
    )


def _only_accents(name: str) -> bool:
    return all(c.isascii() or unicodedata.category(c) == "Mn" for c in unicodedata.normalize("NFKD", name))


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """``date``, else the file name's, else the one that ``path`` spells, as the Rust blogs have it."""
    written, key = first_date(fields, ("date",))
    if written or location.date:
        return (written, key) if written else (location.date, "")
    spelt = _DATED_PATH.search(fields.text("path"))
    return ("-".join(spelt.groups()), "path") if spelt else ("", "")


def categories(fields: Fields, location: Location, site: Site) -> list[str]:
    """The taxonomy ``categories``, or what ``extra`` or the top of the front matter holds."""
    return folders.listed(
        fields,
        ("taxonomies.categories", "taxonomies.category", "extra.category", "extra.categories", "categories"),
    )


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """The taxonomy ``tags``, or what ``extra`` or the top of the front matter holds."""
    return folders.listed(fields, ("taxonomies.tags", "taxonomies.tag", "extra.tags", "tags"))


def withheld(fields: Fields, location: Location, site: Site) -> str:
    """``render = false``: the page is not on the site."""
    return "unpublished" if fields.is_false("render") else ""


def detect(found: Surroundings) -> str:
    """``zola.toml``, a ``config.toml`` with ``base_url``, or TOML with ``[extra]`` or ``[taxonomies]``."""
    if "zola.toml" in found.files:
        return "zola.toml"
    if re.search(r"^\s*base_url\s*=", found.texts.get("config.toml", ""), re.MULTILINE):
        return "config.toml"
    if any(re.match(r"\+\+\+\n(?s:.*?)^\[(extra|taxonomies)\]", text, re.MULTILINE) for text in found.sample):
        return "front matter with [extra] or [taxonomies]" if not found.files & {"hugo.toml"} else ""
    return ""


ZOLA = Dialect(
    "zola",
    locate,
    address,
    date,
    categories,
    tags,
    withheld=withheld,
    notes=notes,
    detect=detect,
    settings=_CONFIGURATIONS,
    undated_is_page=True,
    templated=True,
)
