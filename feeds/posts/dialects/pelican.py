"""Pelican: lines of ``Key: value`` above the text; addresses and categories by ``pelicanconf.py``.

``pelicanconf.py`` is a program and is not run: what it assigns to its names as plain values is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from feeds.model.noun import dataclass
from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Location, first_date
from feeds.posts.dialects.settings import Files
from feeds.posts.fields import Fields, Value, as_text
from feeds.posts.permalinks import date_part, encode, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings
from feeds.posts.trouble import Trouble

if TYPE_CHECKING:
    import ast

CONFIGURATIONS = ("pelicanconf.py", "publishconf.py")
_HEADER = re.compile(r"(?i:title|date|slug|category|tags|author|authors|summary|status):", re.ASCII)
_PLACE = re.compile(r"\{(\w+)(?:\.slug)?(?::([^}]*))?\}")
_STRFTIME = {
    "Y": "year", "y": "short_year", "m": "month", "d": "day", "b": "short_month", "B": "long_month",
    "j": "y_day",
    "H": "hour", "M": "minute", "S": "second", "a": "short_day", "A": "long_day",
}  # fmt: skip
_STATUS = {"draft": "draft", "hidden": "unlisted", "skip": "not a post"}


@dataclass(frozen=True, slots=True)
class PelicanSettings:
    """The part of ``pelicanconf.py`` that posts depend on."""

    path: str
    pages: tuple[str, ...]
    url: str
    url_in_language: str
    language: str
    default_category: str
    folder_is_category: bool
    name_pattern: re.Pattern[str] | None
    metadata: Mapping[str, Value]
    slug_from_title: bool
    drafts_lie_ahead: bool
    """Whether a post whose date has not come is a draft."""


def assigned(text: str) -> dict[str, object]:
    """The names that a Python file assigns plain values to; empty if it is not Python."""
    import ast

    found: dict[str, object] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return found
    for statement in tree.body:
        if not isinstance(statement, ast.Assign):
            continue
        try:
            value = _value(statement.value, found)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
        found |= {target.id: value for target in statement.targets if isinstance(target, ast.Name)}
    return found


def _value(node: ast.expr, names: Mapping[str, object]) -> object:
    """What an expression is, as far as it is plain. Raises ValueError where it is not."""
    import ast

    match node:
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.IfExp(test=test, body=body, orelse=other):
            return _value(body if _value(test, names) else other, names)
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            return not _value(inner, names)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = (_value(left, names), _value(right, names))
            if all(isinstance(part, str) for part in parts):
                return "".join(map(str, parts))
    return ast.literal_eval(node)


@lru_cache(maxsize=4)
def pelican_values(files: Files) -> Mapping[str, object]:
    """What the configuration assigns; ``publishconf.py`` goes before ``pelicanconf.py``."""
    found: dict[str, object] = {}
    for name, text in files:
        if name.rpartition("/")[2] in CONFIGURATIONS:
            found |= assigned(text)
    return found


@lru_cache(maxsize=4)
def _settings(files: Files, language: str) -> PelicanSettings:
    said = pelican_values(files)
    pages = said.get("PAGE_PATHS", ["pages"])
    metadata = said.get("DEFAULT_METADATA", {})
    url = str(said.get("ARTICLE_URL", "{slug}.html"))
    return PelicanSettings(
        path=str(said.get("PATH", "content")).strip("./"),
        pages=tuple(str(page).strip("/") for page in pages)
        if isinstance(pages, list | tuple)
        else ("pages",),
        url=url,
        url_in_language=str(said.get("ARTICLE_LANG_URL", "{slug}-{lang}.html")),
        language=str(said.get("DEFAULT_LANG", "en" if files else language)),
        default_category=str(said.get("DEFAULT_CATEGORY", "misc")) if files else "",
        folder_is_category=said.get("USE_FOLDER_AS_CATEGORY", True) is not False,
        name_pattern=_pattern(said.get("FILENAME_METADATA", r"(?P<date>\d{4}-\d{2}-\d{2}).*")),
        metadata={str(k).lower(): as_text(v) for k, v in metadata.items()}
        if isinstance(metadata, dict)
        else {},
        slug_from_title=said.get("SLUGIFY_SOURCE", "title") != "basename",
        drafts_lie_ahead=said.get("WITH_FUTURE_DATES", True) is False,
    )


def _pattern(value: object) -> re.Pattern[str] | None:
    try:
        return re.compile(value) if isinstance(value, str) and value else None
    except re.error:
        return None


def locate(path: str, site: Site) -> Location:
    """Category and date from the path below ``content``; pages and reStructuredText are no posts."""
    settings = _settings(site.files, site.language)
    prefix = f"{settings.path}/" if settings.path else ""
    inner = path[len(prefix) :] if prefix and path.startswith(prefix) else "/".join(_below(path, site))
    above, _, name = inner.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    found = settings.name_pattern.match(stem) if settings.name_pattern else None
    part = found.groupdict() if found else {}
    pages = any(above == page or above.startswith(f"{page}/") for page in settings.pages if page)
    folder = above.rpartition("/")[2]
    category = folder if folder and settings.folder_is_category else settings.default_category
    return Location(
        stem,
        dot + suffix,
        part.get("slug") or stem,
        section=above,
        date=part.get("date") or "",
        categories=(category,) if category else (),
        language=part.get("lang") or "",
        withheld="not a post" if pages or suffix.lower() == "rst" else "",
    )


def _below(path: str, site: Site) -> list[str]:
    parts, name = folders.below(path, site)
    return [*parts, name]


def defaults(path: str, site: Site) -> Mapping[str, Value]:
    """``DEFAULT_METADATA``."""
    return _settings(site.files, site.language).metadata


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``url`` or ``save_as`` as they stand, else ``ARTICLE_URL``, filled in."""
    if own := fields.text("url", "save_as"):
        return sanitise(encode(own.removesuffix("index.html") if own.endswith("/index.html") else own))
    if site.permalink:
        return folders.filled(site.permalink, fields, location, local, site)
    settings = _settings(site.files, site.language)
    language = fields.text("lang") or location.language or settings.language
    template = settings.url if language == settings.language else settings.url_in_language
    values = {
        "slug": _slug_of(fields, location, settings),
        "lang": language,
        "category": slugify("".join(categories(fields, location, site)[:1])),
        "author": slugify("".join(authors(fields, location, site)[:1]) or site.author),
    }

    def replace(match: re.Match[str]) -> str:
        name, form = match[1], match[2] or ""
        if name == "date":
            return re.sub("%-?([A-Za-z])", lambda part: _dated(part[0], local, template), form)
        if name not in values and not fields.text(name):
            raise Trouble(f"`{template}` has a placeholder that is not known: {name}", key="url")
        return values.get(name) or fields.text(name)

    return sanitise(encode(_PLACE.sub(replace, template)))


def _dated(code: str, local: datetime, template: str) -> str:
    part = date_part(_STRFTIME.get(code[-1], ""), local)
    if part is None:
        raise Trouble(f"`{template}` has a part of the date that is not known: {code}", key="url")
    return part.lstrip("0") if "-" in code else part


def _slug_of(fields: Fields, location: Location, settings: PelicanSettings) -> str:
    if own := fields.text("slug"):
        return own
    if settings.name_pattern and "slug" in settings.name_pattern.groupindex:
        return location.slug  # metadata like any other, and nothing is done to it
    title = fields.text("title")
    source = title if settings.slug_from_title else location.slug
    return slugify(source) or slugify(location.slug) or location.slug


def slugify(text: str) -> str:
    """``pelican.utils.slugify``, but for letters that it transliterates: here they vanish."""
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip()).lower()


def page_of_list(kind: str, label: str, files: Files) -> str:
    """The path of the page of a tag, a category or an author, by ``TAG_URL`` and the like."""
    template = pelican_values(files).get(f"{kind.upper()}_URL")
    template = template if isinstance(template, str) else f"{kind}/{{slug}}.html"
    return encode(template.replace("{slug}", slugify(unquote(label)))).lstrip("/")


def notes(fields: Fields, location: Location, site: Site) -> tuple[str, ...]:
    """That an address is a guess, where Pelican transliterates a title."""
    if site.permalink or fields.text("slug", "url", "save_as"):
        return ()
    settings = _settings(site.files, site.language)
    if settings.name_pattern and "slug" in settings.name_pattern.groupindex:
        return ()
    name = fields.text("title") if settings.slug_from_title else location.slug
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if unicodedata.category(c) != "Mn")
    if all(c.isascii() or not c.isalnum() for c in plain):
        return ()
    return ("Pelican spells the title in Latin letters its own way: give the post a `Slug`",)


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """``Date``, else the file name's."""
    written, key = first_date(fields, ("date",))
    return (written, key) if written else (location.date, "")


def categories(fields: Fields, location: Location, site: Site) -> list[str]:
    """``Category``, else the folder's name."""
    return fields.texts("category") or list(location.categories)


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """``Tags``, split at semicolons if there are any, else at commas."""
    return _split(fields, "tags")


def _split(fields: Fields, name: str) -> list[str]:
    value = fields.text(name)
    if ";" in value:
        return [part.strip() for part in value.split(";")]
    return folders.listed(fields, (name,))


def authors(fields: Fields, location: Location, site: Site) -> list[str]:
    """``Authors``, split at semicolons if there are any, else at commas; else ``Author``, which is one."""
    return [name for name in _split(fields, "authors") if name] or fields.texts("author")


def withheld(fields: Fields, location: Location, site: Site) -> str:
    """``Status: draft``, ``hidden`` or ``skip``."""
    return _STATUS.get(fields.text("status").lower(), "")


def detect(found: Surroundings) -> str:
    """``pelicanconf.py``, or posts that begin with its lines."""
    for name in CONFIGURATIONS:
        if name in found.files:
            return name
    begun = [text for text in found.sample if _HEADER.match(text)]
    return "lines such as `Title:` above the posts" if begun and 2 * len(begun) >= len(found.sample) else ""


PELICAN = Dialect(
    "pelican",
    locate,
    address,
    date,
    categories,
    tags,
    authors,
    defaults=defaults,
    withheld=withheld,
    notes=notes,
    detect=detect,
    settings=CONFIGURATIONS,
    headers=True,
    undated_is_page=False,
    date_hint="put a line `Date: 2025-09-14` at its top",
)
