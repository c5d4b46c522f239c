"""Eleventy: files become pages where they lie; ``permalink`` and data files say otherwise.

``src/Template.js``, ``TemplatePermalink.js`` and ``TemplateFileSlug.js`` have the rules. Data files in JSON
(``posts/posts.json``, ``posts/posts.11tydata.json``) are read; those in JavaScript are programs, and are not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import DATE_KEYS, Dialect, Location, first_date
from feeds.posts.dialects.settings import Files, read_settings
from feeds.posts.fields import Fields, Value
from feeds.posts.permalinks import encode, fill, sanitise, slug
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings
from feeds.posts.trouble import Trouble

CONFIGURATIONS = (
    ".eleventy.js",
    *(f"eleventy.config.{suffix}" for suffix in ("js", "mjs", "cjs", "ts", "mts", "cts")),
)
_SETTINGS = (*CONFIGURATIONS, "{posts}/**/*.json")
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_OUTPUT = re.compile(r"\{\{-?\s*(.+?)\s*-?\}\}")
_COLLECTIONS = frozenset({"all", "nav", "post", "posts", "blog", "article", "articles"})
"""Tags that make Eleventy's collections and say nothing about a post."""
_INPUT = re.compile(r"""\binput\s*:\s*["'`]([^"'`]+)["'`]""")
_STRFTIME = {
    "%Y": "year",
    "%m": "month",
    "%d": "day",
    "%y": "short_year",
    "%B": "long_month",
    "%b": "short_month",
}


def locate(path: str, site: Site) -> Location:
    """Folders below the input folder; the date before a name is in no address."""
    parts, name = _below_input(path, site)
    return folders.place(parts, name, site)


def _below_input(path: str, site: Site) -> tuple[list[str], str]:
    above, _, name = path.rpartition("/")
    parts = above.split("/") if above else []
    own = _input_of(site.files)
    return (parts[len(own) :] if own and parts[: len(own)] == own else parts), name


@lru_cache(maxsize=4)
def _input_of(files: Files) -> list[str]:
    """The parts of ``dir: { input: "src" }``."""
    for name, text in files:
        if name in CONFIGURATIONS and (found := _INPUT.search(text)):
            return [part for part in found[1].split("/") if part not in {"", "."}]
    return []


def defaults(path: str, site: Site) -> Mapping[str, Value]:
    """What the data files of the folders above a post say; the nearer goes before the farther."""
    data = _data(site.files)
    if not data:
        return {}
    found: dict[str, Value] = {}
    folder = ""
    for part in path.split("/")[:-1]:
        folder = f"{folder}/{part}" if folder else part
        for values in data.get(folder, ()):
            tags = [*_texts(found.get("tags")), *_texts(values.get("tags"))]
            found |= values
            if tags:
                found["tags"] = [*tags]
    return found


@lru_cache(maxsize=4)
def _data(files: Files) -> Mapping[str, list[Mapping[str, Value]]]:
    """Folder → what its data files hold."""
    found: dict[str, list[Mapping[str, Value]]] = {}
    for path, text in files:
        folder, _, name = path.rpartition("/")
        stem = name.removesuffix(".json").removesuffix(".11tydata")
        if name.endswith(".json") and folder and stem == folder.rpartition("/")[2]:
            try:
                found.setdefault(folder, []).append(read_settings(name, text))
            except Trouble:
                continue
    return found


def _texts(value: Value | None) -> list[Value]:
    return [value] if isinstance(value, str) and value else list(value) if isinstance(value, list) else []


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``permalink``, as far as it can be filled in, else the site's template, else the path of the file."""
    own = fields.text("permalink")
    if own and "://" not in own and (path := _own_address(own, fields, location, local)) is not None:
        return sanitise(encode(path))
    if site.permalink:
        return folders.filled(site.permalink, fields, location, local, site)
    own_folder = location.section.rpartition("/")[2] == location.slug  # posts/name/name.md
    parts = filter(None, (location.language, location.section, "" if own_folder else location.slug))
    return sanitise(encode("/".join(parts) + "/"))


def _own_address(own: str, fields: Fields, location: Location, local: datetime) -> str | None:
    """The address that ``permalink`` spells; None where only Eleventy can fill it in."""
    pieces: list[str] = []
    end = 0
    for found in _OUTPUT.finditer(own):
        made = _output(found[1], fields, location, local)
        if made is None:
            return None
        pieces += [own[end : found.start()], made]
        end = found.end()
    path = "".join(pieces) + own[end:]
    if "{%" in path or "{{" in path or "${" in path:
        return None
    path = path.removesuffix("index.html") if path.endswith("/index.html") else path
    return path


def _output(expression: str, fields: Fields, location: Location, local: datetime) -> str | None:
    """What the usual expressions of permalinks stand for."""
    name, *filters = (part.strip() for part in expression.split("|"))
    values = {
        "page.fileSlug": location.slug,
        "page.filePathStem": "/".join(filter(None, ("", location.section, location.slug))),
        "title": fields.text("title"),
        "slug": fields.text("slug") or location.slug,
    }
    if name in {"page.date", "date"} and len(filters) == 1:
        return _dated(filters[0], local)
    made = values.get(name)
    for one in filters:
        if one not in {"slug", "slugify", "url", "safe", "downcase", "lower"}:
            return None
        made = slug(made) if made and one in {"slug", "slugify"} else made
    return made


def _dated(one: str, local: datetime) -> str | None:
    """``date: "%Y/%m"`` filled in."""
    found = re.fullmatch(r"""date\s*:?\s*\(?["']([^"']+)["']\)?""", one)
    if not found:
        return None
    template = re.sub("%[YmdyBb]", lambda match: f":{_STRFTIME[match[0]]}", found[1])
    return None if "%" in template else fill(template, local, lambda _: None).lstrip("/")


def notes(fields: Fields, location: Location, site: Site) -> tuple[str, ...]:
    """That an address is a guess, where ``permalink`` is a program."""
    own = fields.text("permalink")
    if "{" not in own or _own_address(own, fields, location, _ANY_DAY) is not None:
        return ()
    return (
        "`permalink` is a template that only Eleventy can fill in: write it out, or set `[posts] permalink`",
    )


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """The front matter's date, else the file name's; ``Last Modified`` and its like are no dates."""
    written, key = first_date(fields, DATE_KEYS)
    if written and not written.lower().endswith(("modified", "created")):
        return written, key
    return location.date, ""


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """``tags`` without those that only make collections."""
    return [tag for tag in folders.listed(fields, ("tags", "tag")) if tag.lower() not in _COLLECTIONS]


def withheld(fields: Fields, location: Location, site: Site) -> str:
    """``permalink: false`` writes no page; what is in no collection is in no list."""
    if fields.is_false("permalink"):
        return "unpublished"
    excluded = fields.is_true("eleventyExcludeFromCollections")
    if not excluded and not location.date and not first_date(fields, DATE_KEYS)[0] and not _is_tagged(fields):
        return "not a post"  # a page such as about.md
    return "unlisted" if excluded else ""


def _is_tagged(fields: Fields) -> bool:
    return any(tag.lower() in _COLLECTIONS for tag in folders.listed(fields, ("tags", "tag")))


def detect(found: Surroundings) -> str:
    """Eleventy's configuration file."""
    return next((name for name in CONFIGURATIONS if name in found.files), "")


ELEVENTY = Dialect(
    "eleventy",
    locate,
    address,
    date,
    tags=tags,
    defaults=defaults,
    withheld=withheld,
    notes=notes,
    detect=detect,
    settings=_SETTINGS,
    templated=True,
)
