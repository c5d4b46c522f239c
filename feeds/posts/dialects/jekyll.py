"""Jekyll, as lib/jekyll/{document,url,utils,drops/url_drop,readers/post_reader}.rb have it (4.4)."""

from __future__ import annotations

import re
from datetime import datetime

from feeds.posts.dialects.dialect import HTML, MARKDOWN, Dialect, Location
from feeds.posts.fields import Fields
from feeds.posts.permalinks import fill, pretty_slug, slug
from feeds.posts.site import Site

_DATED = re.compile(r"(\d{2,4}-\d{1,2}-\d{1,2})-(.*)", re.ASCII)  # DATE_FILENAME_MATCHER, the suffix cut off
_PASSED_OVER = re.compile(r"(?:^|/)[._#~]")  # EntryFilter::SPECIAL_LEADING_CHAR_REGEX


def locate(path: str, site: Site) -> Location:
    """Date and slug from the name, categories from the folders above ``_posts``."""
    folders, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    suffix = dot + suffix
    above, place, below = _around_posts(folders.split("/") if folders else [], site)
    dated = _DATED.fullmatch(stem)
    location = Location(
        stem,
        suffix,
        (dated[2] if dated else stem).rstrip("."),
        section="/".join(below),
        date=_four_digits(dated[1]) if dated else "",
        categories=tuple(above),
        withheld=_withheld(place, below, dated=bool(dated)),
    )
    return location


def _around_posts(folders: list[str], site: Site) -> tuple[list[str], str, list[str]]:
    """Folders above ``_posts`` or ``_drafts``, which of the two it is, and the folders below."""
    for index, folder in enumerate(folders):
        if folder in {"_posts", "_drafts"}:
            return folders[:index], folder, folders[index + 1 :]
    if not site.folder:
        return folders, "", []
    own = len(site.folder.split("/"))  # a posts folder by another name stands for `_posts`
    return [], "_posts", folders[own:]


def _withheld(place: str, below: list[str], *, dated: bool) -> str:
    if not place or _PASSED_OVER.search("/".join(below)):
        return "not a post"
    if place == "_drafts":
        return "draft"
    return "" if dated else "not a post"


def _four_digits(date: str) -> str:
    """The date with the century that Ruby's ``Time.parse`` guesses: 69 and later are nineteen-hundreds."""
    year, dash, rest = date.partition("-")
    if len(year) == 2:
        year = ("19" if int(year) >= 69 else "20") + year
    return f"{year:0>4}{dash}{rest}"


def categories(fields: Fields, location: Location) -> list[str]:
    """Folders, then ``categories`` (text is split at blanks), then ``category`` (text is one)."""
    return [*location.categories, *_split(fields, "categories"), *fields.texts("category")]


def tags(fields: Fields, location: Location) -> list[str]:
    """``tag`` as one, else ``tags``, whose text is split at blanks."""
    return fields.texts("tag") or _split(fields, "tags")


def _split(fields: Fields, name: str) -> list[str]:
    value = fields.value(name)
    return value.split() if isinstance(value, str) else fields.texts(name)


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """The URL path: the front matter's ``permalink``, else the site's, each a template."""
    own = fields.text("permalink")
    written = fields.text("slug") or location.slug

    def value_of(name: str) -> str | None:
        match name:
            case "title":
                return pretty_slug(written) or pretty_slug(location.stem)
            case "slug":
                return slug(written) or slug(location.stem)
            case "name":
                return slug(location.stem)
            case "categories":
                return "/".join(dict.fromkeys(label.lower() for label in categories(fields, location)))
            case "slugified_categories":
                return "/".join(dict.fromkeys(slug(label) for label in categories(fields, location)))
            case "path":
                return "/".join(filter(None, (location.section, location.stem.rstrip("."))))
            case "collection":
                return "posts"
            case "output_ext":
                return ".html" if location.suffix.lower() in MARKDOWN | HTML else location.suffix
        return None

    line = fields.line("permalink") if own else 0
    return fill(own or site.permalink or "date", local, value_of, line=line)


def date(fields: Fields, location: Location) -> tuple[str, str]:
    """The front matter's date, else the file name's."""
    written = fields.text("date")
    return (written, "date") if written else (location.date, "")


JEKYLL = Dialect(
    "jekyll", locate, address, date, categories, tags, exact_is_utc=True, templated=True
)  # fmt: skip
