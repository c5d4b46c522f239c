"""What the dialects without ``_posts`` share: dates before names, folders of languages, lists with commas."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from feeds.posts.dialects.dialect import Location
from feeds.posts.fields import Fields, split_list
from feeds.posts.permalinks import fill, slug
from feeds.posts.site import Site

_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[-_ T](?:\d{2}[-:]?\d{2}[-_])?)(.+)", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?", re.ASCII)
_LANGUAGES = (
    "ar bg bn ca cs da de el en eo es et eu fa fi fr gl he hi hr hu id is it ja ko lt lv ms nb nl nn no pl "
    "pt ro ru sk sl sr sv sw ta th tr uk ur vi zh"
)


def locate(path: str, site: Site) -> Location:
    """Date and slug from the name, language from the first folder or a suffix such as ``post.ja.md``."""
    folders, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    parts = _below(folders, site)
    withheld = "draft" if any(part in {"_drafts", "drafts"} for part in parts) else ""
    language = parts[0] if parts and _is_language(parts[0]) else ""
    if language:
        parts = parts[1:]
    plain_stem, point, ending = stem.rpartition(".")
    if point and _is_language(ending):
        stem, language = plain_stem, ending
    if stem == "_index":
        return Location(stem, dot + suffix, "", withheld="not a post")  # a section's own page
    if stem == "index" and parts:
        stem, parts = parts[-1], parts[:-1]
    dated = _DATED.fullmatch(stem)
    date, slug_text = (dated[1], dated[2]) if dated else ("", stem)
    section = "/".join(parts)
    return Location(stem, dot + suffix, slug_text, section, date, language=language, withheld=withheld)


def _below(folders: str, site: Site) -> list[str]:
    """The folders below the posts folder; a generator's ``content`` belongs to no section."""
    parts = folders.split("/") if folders else []
    parts = parts[len(site.folder.split("/")) :] if site.folder else parts
    return (
        parts[1:]
        if parts and parts[0] in {"content", "_content", "_posts", "posts"} and not site.folder
        else parts
    )


def _is_language(name: str) -> bool:
    return _LANGUAGE.fullmatch(name) is not None and name[:2] in _LANGUAGES.split()


def many(*names: str) -> Callable[[Fields, Location], list[str]]:
    """A reader of lists that stand under any of these names; text is split at commas."""

    def read(fields: Fields, location: Location) -> list[str]:
        return [part for name in names for text in fields.texts(name) for part in split_list(text)]

    return read


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
