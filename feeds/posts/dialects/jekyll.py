"""Jekyll, as lib/jekyll/{document,url,utils,drops/url_drop,readers/post_reader}.rb have it (4.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from feeds.posts.authors import named_in, written_authors
from feeds.posts.dialects.dialect import HTML, MARKDOWN, Dialect, Keys, Location
from feeds.posts.dialects.folders import folder_speaks
from feeds.posts.dialects.jekyll_settings import (
    AUTHORS,
    PROSE,
    Collection,
    JekyllSettings,
    authors_table,
    jekyll_settings,
)
from feeds.posts.fields import Fields, Value
from feeds.posts.permalinks import fill, pretty_slug, slug
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings, is_configuration

_DATED = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-(.*)", re.ASCII)  # DATE_FILENAME_MATCHER, the suffix cut off
_PASSED_OVER = re.compile(r"(?:^|/)[._#~]")  # EntryFilter::SPECIAL_LEADING_CHAR_REGEX


def locate(path: str, site: Site) -> Location:
    """Date and slug from the name, categories from the folders above ``_posts``."""
    folders, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    suffix = dot + suffix
    settings = jekyll_settings(site.files)
    parts = _below_source(folders.split("/") if folders else [], settings)
    above, place, below = _around_posts(parts, site, settings)
    dated = _DATED.fullmatch(stem)
    title = dated[2] if dated else stem
    languages = [part for part in (*above, *below) if folder_speaks(part, site, settings.languages)]
    return Location(
        stem,
        suffix,
        title.rstrip("."),
        section="/".join(below),
        date=_four_digits(dated[1]) if dated else "",
        categories=tuple(above),
        language=languages[0] if languages else "",
        withheld=_withheld(place, below, site, settings, dated=bool(dated)),
        translation=(
            "/".join(part for part in (*above, *below, stem) if part not in languages)
            if languages or settings.languages
            else ""
        ),
    )


def _below_source(folders: list[str], settings: JekyllSettings) -> list[str]:
    source = settings.source
    return folders[len(source) :] if source and tuple(folders[: len(source)]) == source else folders


def _around_posts(
    folders: list[str], site: Site, settings: JekyllSettings
) -> tuple[list[str], str, list[str]]:
    """Folders above ``_posts`` or ``_drafts``, which of the two it is, and the folders below."""
    for index, folder in enumerate(folders):
        if folder in {"_posts", "_drafts"}:
            above = folders[:index]
            if above and above[0] == settings.collections_dir:
                above = above[1:]
            return above, folder, folders[index + 1 :]
        if folder[:1] == "_" and folder[1:] in settings.collections:
            return [], folder, folders[index + 1 :]
    if not site.folder:
        return folders, "", []
    own = site.folder.count("/") + 1  # a posts folder by another name stands for `_posts`
    return [], "_posts", folders[own:]


def _withheld(place: str, below: list[str], site: Site, settings: JekyllSettings, *, dated: bool) -> str:
    if not place or (below and _PASSED_OVER.search("/".join(below))):
        return "not a post"
    if place == "_drafts":
        return "draft"
    if place != "_posts":
        return (
            ""
            if _other_collection(site, settings) and settings.collections[place[1:]].output
            else "not a post"
        )
    return "" if dated else "not a post"


def defaults(path: str, site: Site) -> Mapping[str, Value]:
    """What ``defaults`` of ``_config.yml`` gives to a post; the more exact scope wins."""
    settings = jekyll_settings(site.files)
    if not settings.scopes:
        return {}
    below = "/".join(_below_source(path.split("/"), settings))
    below = below.removeprefix(f"{settings.collections_dir}/") if settings.collections_dir else below
    kind = _collection_name(below, settings)
    found: dict[str, Value] = {}
    for scope in settings.scopes:
        if scope.covers(below, kind):
            _merge(found, scope.values)
    return found


def _merge(found: dict[str, Value], values: Mapping[str, Value]) -> None:
    for key, value in values.items():
        present = found.get(key)
        both = isinstance(present, dict) and isinstance(value, dict)
        found[key] = {**present, **value} if both else value  # type: ignore[dict-item]


def _collection_name(path: str, settings: JekyllSettings) -> str:
    first = path.partition("/")[0]
    return first[1:] if first[:1] == "_" and first[1:] in settings.collections else "posts"


def _four_digits(date: str) -> str:
    """The date with the century that Ruby's ``Time.parse`` guesses: 69 and later are nineteen-hundreds."""
    year, dash, rest = date.partition("-")
    if len(year) == 2:
        year = ("19" if int(year) >= 69 else "20") + year
    return f"{year:0>4}{dash}{rest}"


def categories(fields: Fields, location: Location, site: Site) -> list[str]:
    """Folders, then ``categories`` (text is split at blanks), then ``category`` (text is one)."""
    return [*location.categories, *_split(fields, "categories"), *fields.texts("category")]


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """``tag`` as one, else ``tags``, whose text is split at blanks."""
    return fields.texts("tag") or _split(fields, "tags")


def authors(fields: Fields, location: Location, site: Site) -> list[str]:
    """``author``, else ``authors``; a key of ``_data/authors.yml`` stands for the name there."""
    known = authors_table(site.files)
    return [named_in(known, name) for name in written_authors(fields)] if known else written_authors(fields)


def _split(fields: Fields, name: str) -> list[str]:
    value = fields.value(name)
    return value.split() if isinstance(value, str) else fields.texts(name)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """The URL path: the front matter's ``permalink``, else the site's, each a template."""
    settings = jekyll_settings(site.files)
    own = fields.text("permalink")
    written = fields.text("slug") or location.slug
    other = _other_collection(site, settings)

    def value_of(name: str) -> str | None:
        match name:
            case "title":
                return pretty_slug(written) or pretty_slug(location.stem)
            case "slug":
                return slug(written) or slug(location.stem)
            case "name":
                return slug(location.stem)
            case "categories":
                return "/".join(dict.fromkeys(label.lower() for label in categories(fields, location, site)))
            case "slugified_categories":
                return "/".join(dict.fromkeys(slug(label) for label in categories(fields, location, site)))
            case "path":
                return "/".join(filter(None, (location.section, location.stem.rstrip("."))))
            case "collection":
                return other[0] if other else "posts"
            case "output_ext":
                return ".html" if location.suffix.lower() in MARKDOWN | HTML else location.suffix
        return None

    line = fields.line("permalink") if own else 0
    if other:
        template = own or other[1].permalink or "/:collection/:path:output_ext"
        return fill(template, local, value_of, line=line)
    path = fill(own or site.permalink or settings.permalink or "date", local, value_of, line=line)
    return _in_language(path, fields, settings) if settings.languages else path


def _other_collection(site: Site, settings: JekyllSettings) -> tuple[str, Collection] | None:
    """The collection that the posts folder is, if it is not ``posts``."""
    if not settings.collections:
        return None
    name = site.folder.rpartition("/")[2][1:]
    found = settings.collections.get(name)
    return (name, found) if found else None


def _in_language(path: str, fields: Fields, settings: JekyllSettings) -> str:
    """The address below its language, as jekyll-polyglot has it."""
    language = fields.text("lang") or settings.own_language
    return path if language == settings.own_language else f"/{language}{path}"


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """The front matter's date, else the file name's."""
    written = fields.text("date")
    return (written, "date") if written else (location.date, "")


def detect(found: Surroundings) -> str:
    """``_config.yml``, or a folder of posts named as Jekyll names it beside no other generator's file."""
    for name in sorted(found.files & set(SETTINGS)):
        return name
    alone = "_posts" in found.folders and not any(map(is_configuration, found.files))
    return "the folder _posts" if alone else ""


SETTINGS = ("_config.yml", "_config.yaml", "_config.toml")

JEKYLL = Dialect(
    "jekyll",
    locate,
    address,
    date,
    categories,
    tags,
    authors,
    defaults=defaults,
    detect=detect,
    settings=(*SETTINGS, *AUTHORS, *PROSE),
    keys=Keys.EXACT,
    exact_is_utc=True,
    templated=True,
    title_from_heading=False,
)
