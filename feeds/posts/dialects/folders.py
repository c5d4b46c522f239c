"""What the dialects without ``_posts`` share: dates before names, folders of languages, lists with commas."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime

from feeds.posts.dialects.location import Location
from feeds.posts.fields import Fields, split_list
from feeds.posts.permalinks import fill, slug
from feeds.posts.site import Site

DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})[-_ T](.+)", re.ASCII)
_TIMED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ T]\d{2}[-:]?\d{2})?[-_ T](.+)", re.ASCII)
"""The same with a time, where no generator says what a name means."""
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?", re.ASCII)
_TAGS = (
    "ar bg bn ca cs da de el en eo es et eu fa fi fr gl he hi hr hu id is it ja ko lt lv ms nb nl nn no pl "
    "pt ro ru sk sl sr sv sw ta th tr uk ur vi zh"
)
_LANGUAGES = frozenset(_TAGS.split())
_WORDS = frozenset({"he", "hi", "id", "is", "it", "no"})
"""Languages whose tags are English words, which folders are called as well."""
_DRAFTS = frozenset({"_drafts", "drafts"})
_HOLDERS = frozenset({"content", "_content", "_posts", "posts"})


def locate(path: str, site: Site) -> Location:
    """Date and slug from the name, language from the first folder or a suffix such as ``post.ja.md``."""
    return place(*below(path, site), site, pattern=_TIMED)


def place(
    parts: list[str],
    name: str,
    site: Site,
    *,
    languages: Collection[str] | None = None,
    language: str = "",
    dated: bool = True,
    pattern: re.Pattern[str] = DATED,
) -> Location:
    """The location of a file, given the folders above it, from where posts begin.

    ``languages`` are those that suffixes may name, and then no folder names one; None: whatever looks like a
    language is one. ``language`` is the one of everything here. ``dated``: whether a date before the name, as
    ``pattern`` has it, is not part of the slug.
    """
    stem, dot, suffix = name.rpartition(".")
    plain_stem, point, ending = stem.rpartition(".")
    if point and (is_language(ending) if languages is None else ending in languages):
        stem, language = plain_stem, ending
    elif not language and languages is None and parts and folder_speaks(parts[0], site):
        language, parts = parts[0], parts[1:]
    if stem == "_index":
        return Location(stem, dot + suffix, "", withheld="not a post")  # a section's own page
    withheld = "draft" if not _DRAFTS.isdisjoint(parts) else ""
    if stem == "index" and parts:
        stem, parts = parts[-1], parts[:-1]
    split = pattern.fullmatch(stem)
    date, slug_text = (split[1], split[2]) if split else ("", stem)
    section = "/".join(parts)
    return Location(
        stem,
        dot + suffix,
        slug_text if dated else stem,
        section,
        date,
        language=language,
        withheld=withheld,
        translation=f"{section}/{stem}" if section else stem,
    )


def below(path: str, site: Site) -> tuple[list[str], str]:
    """The folders below the posts folder, and the name; a generator's ``content`` belongs to no section."""
    folders, _, name = path.rpartition("/")
    parts = folders.split("/") if folders else []
    if site.folder:
        return parts[site.folder.count("/") + 1 :], name
    return (parts[1:] if parts and parts[0] in _HOLDERS else parts), name


def is_language(name: str) -> bool:
    """Whether a folder or a suffix looks like a language tag that sites use."""
    return name[:2] in _LANGUAGES and _LANGUAGE.fullmatch(name) is not None


def folder_speaks(name: str, site: Site, languages: Collection[str] = ()) -> bool:
    """Whether a folder is that of a language; one called ``it`` only where the site says so."""
    if languages:
        return name in languages
    return is_language(name) and (name not in _WORDS or name == site.language)


def listed(fields: Fields, names: Iterable[str]) -> list[str]:
    """What stands under any of these names; text is split at commas."""
    return [part for name in names for text in fields.texts(name) for part in split_list(text)]


def filled(template: str, fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """A template of Jekyll's or Hugo's placeholders, filled."""

    def value_of(name: str) -> str | None:
        match name:
            case "title":
                return slug(fields.text("title")) or slug(location.slug)
            case "slug" | "slugorfilename" | "slugorcontentbasename":
                return fields.text("slug") or location.slug
            case "filename" | "contentbasename" | "name":
                return location.stem
            case "section" | "sections" | "path":
                tail = [location.slug] if name == "path" else []
                return "/".join(filter(None, [location.section, *tail]))
            case "categories":
                return "/".join(
                    slug(label) for label in fields.texts("categories") or fields.texts("category")
                )
            case "output_ext":
                return ".html"
        return None

    return fill(template, local, value_of)


def with_language(path: str, location: Location, site: Site) -> str:
    """The path below its language's folder, unless that is the site's own language."""
    return path if location.language in {"", site.language} else f"/{location.language}{path}"
