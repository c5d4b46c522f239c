"""Hexo, as lib/plugins/{processor/post,filter/post_permalink}.js and hexo-util's Permalink have it.

Posts lie in ``source/_posts``; the address comes from ``permalink`` in ``_config.yml``.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

from feeds.model.noun import dataclass
from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location, first_date
from feeds.posts.dialects.settings import Files, settings_of, text
from feeds.posts.fields import Fields
from feeds.posts.permalinks import encode, fill, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

_SIGNS = re.compile(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'<>,.?/]+")
_SEGMENTS = {
    "year": r"(?P<year>\d{4})",
    "month": r"(?P<month>\d{2})",
    "day": r"(?P<day>\d{2})",
    "i_month": r"(?P<i_month>\d{1,2})",
    "i_day": r"(?P<i_day>\d{1,2})",
    "title": r"(?P<title>.+?)",
}
_CONFIGURATION = re.compile(
    r"^(?:new_post_name|default_layout|source_dir|theme_config|filename_case)\s*:", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class _Settings:
    permalink: str
    name: re.Pattern[str]
    """What the names of posts are made of."""
    source: str
    default_category: str


@lru_cache(maxsize=4)
def _settings(files: Files) -> _Settings:
    said = settings_of(files)
    name = (text(said.get("new_post_name")) or ":title.md").rpartition(".")[0]
    pieces = re.split(r":(\w+)", name)
    spelt = [
        _SEGMENTS.get(piece, ".+?") if index % 2 else re.escape(piece) for index, piece in enumerate(pieces)
    ]
    return _Settings(
        permalink=text(said.get("permalink")) or ":year/:month/:day/:title/",
        name=re.compile("".join(spelt)),
        source=(text(said.get("source_dir")) or "source").strip("/"),
        default_category=text(said.get("default_category")) or "uncategorized",
    )


def locate(path: str, site: Site) -> Location:
    """The path below ``_posts`` is the title of the address; ``new_post_name`` says where a date is in it."""
    settings = _settings(site.files)
    inner = path.removeprefix(f"{settings.source}/")
    place, _, below = inner.partition("/")
    if place not in {"_posts", "_drafts"}:
        if not site.folder or site.folder.rpartition("/")[2] in {"_posts", settings.source}:
            return Location(path, "", "", withheld="not a post")
        place, below = "_posts", path[len(site.folder) + 1 :]
    stem, dot, suffix = below.rpartition(".")
    found = settings.name.fullmatch(stem)
    part = found.groupdict() if found else {}
    slug = part.get("title") or stem
    month, day = part.get("month") or part.get("i_month"), part.get("day") or part.get("i_day")
    dated = folders.DATED.fullmatch(stem.rpartition("/")[2])
    if part.get("year") and month and day:
        date = f"{part['year']}-{month}-{day}"
    else:
        date = dated[1] if dated else ""
    return Location(stem, dot + suffix, slug, date=date, withheld="draft" if place == "_drafts" else "")


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``permalink`` of the post, else of the site, filled in."""
    if own := fields.text("permalink"):
        return sanitise(encode(own))
    settings = _settings(site.files)

    def value_of(name: str) -> str | None:
        match name:
            case "title":
                return location.slug
            case "name" | "filename":
                return location.slug.rpartition("/")[2]
            case "post_title":
                return slugize(fields.text("title")).lower()
            case "category":
                return "/".join(map(slugize, _last_category(fields))) or settings.default_category
            case "lang":
                return fields.text("lang", "language") or site.language
        return fields.text(name) or None

    return fill(site.permalink or settings.permalink, local, value_of)


def _last_category(fields: Fields) -> list[str]:
    """The levels of the last category: a list is one with levels, a list of lists is several."""
    value = fields.value("categories") or fields.value("category")
    if isinstance(value, list) and any(isinstance(one, list) for one in value):
        value = value[-1]
    return Fields({"last": value or ""}, {}).texts("last")


def slugize(name: str) -> str:
    """``hexo-util``'s ``slugize``: every sign becomes a hyphen."""
    return _SIGNS.sub("-", name).strip("-")


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """``date``, else the file name's."""
    written, key = first_date(fields, ("date",))
    return (written, key) if written else (location.date, "")


def categories(fields: Fields, location: Location, site: Site) -> list[str]:
    """Every level of every category; text is one."""
    return fields.texts("categories") or fields.texts("category")


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """``tags`` as they stand; text is one."""
    return fields.texts("tags") or fields.texts("tag")


def detect(found: Surroundings) -> str:
    """``_config.yml`` with Hexo's keys, or hexo in ``package.json``."""
    if "_config.yml" not in found.files:
        return ""
    if '"hexo"' in found.texts.get("package.json", ""):
        return "_config.yml, and hexo in package.json"
    if "scaffolds" in found.folders:
        return "_config.yml, and the folder scaffolds"
    return "_config.yml" if _CONFIGURATION.search(found.texts.get("_config.yml", "")) else ""


HEXO = Dialect(
    "hexo",
    locate,
    address,
    date,
    categories,
    tags,
    detect=detect,
    settings=("_config.yml",),
    templated=True,
)
