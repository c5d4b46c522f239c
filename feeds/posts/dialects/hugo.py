"""Hugo, as resources/page/{permalinks,page_paths}.go, helpers/path.go and pagemeta.go have it (0.111).

Sections are folders; a page is ``name.md``, or ``name/index.md`` beside its images; a language has a suffix
(``index.ja.md``) or a content folder of its own. Front matter is found whatever the case of its keys.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote, unquote_plus

from feeds.posts.dates import as_written
from feeds.posts.dialects import folders
from feeds.posts.dialects.dialect import Dialect, Keys, Location
from feeds.posts.dialects.hugo_cascade import given
from feeds.posts.dialects.hugo_settings import SECTIONS, SETTINGS, HugoSettings, hugo_settings
from feeds.posts.dialects.settings import Files
from feeds.posts.fields import Fields, Value
from feeds.posts.permalinks import date_part
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings
from feeds.posts.trouble import Trouble

_TOKEN = re.compile(r":([a-z]+)(\[[^\]]*\])?")
_VALID = re.compile(r"[\w/:@!$&'()*+,;=.~\[\]%-]*", re.ASCII)
_SAFE = "/:@$&+,;=-._~%"
_KEPT = frozenset("./\\_#+~-@%")
_CLIMBING = re.compile(r"/(?:\.{0,2}/)+|/\.{1,2}$")
_PLAIN = re.compile(r"[\w./-]*", re.ASCII)


def locate(path: str, site: Site) -> Location:
    """Section, bundle and language; a date before the name counts if the site says ``:filename``."""
    settings = hugo_settings(site.files, site.language)
    parts, name, language = _below_content(path, site, settings)
    if name.startswith("index.") and name.count(".") == 2 and name.split(".")[1] not in settings.languages:
        name = f"index.{name.rpartition('.')[2]}" if settings.languages else name  # a bundle all the same
    found = folders.place(
        parts,
        name,
        site,
        languages=settings.languages or None,
        language=language,
        dated=settings.date_from_name,
    )
    if _lies_beside(path, site, settings):
        return replace(found, withheld="not a post")
    if found.language == settings.own_language and site.language.lower().startswith(f"{found.language}-"):
        return replace(found, language="")  # the site says it more exactly: `en-us`
    return found


def _lies_beside(path: str, site: Site, settings: HugoSettings) -> bool:
    """Whether each language has a content folder of its own, and a file is in none of them."""
    folders = [folder for folder, _ in settings.folders]
    if any(path.startswith(f"{folder}/") for folder in folders):
        return False
    return bool(folders) and all(folder.startswith(f"{site.folder}/") for folder in folders)


def _below_content(path: str, site: Site, settings: HugoSettings) -> tuple[list[str], str, str]:
    """The folders below the content folder, the name, and the language of that content folder."""
    for folder, language in settings.folders:
        if path.startswith(f"{folder}/"):
            above, _, name = path[len(folder) + 1 :].rpartition("/")
            return (above.split("/") if above else []), name, language
    parts, name = folders.below(path, site)
    return parts, name, ""


def address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``url`` as it stands, else the section's template, else folders and slug, in lower case."""
    settings = hugo_settings(site.files, site.language)
    language = location.language or settings.own_language
    if language == settings.own_language and not settings.all_prefixed:
        language = ""
    if own := fields.text("url"):
        return _own_address(own, language)
    section = location.section.partition("/")[0]
    template = site.permalink or settings.permalinks.get(section.lower(), "")
    if template:
        path = unquote_plus(_Filling(fields, location, local, site, settings).fill(template))
    else:
        path = f"{location.section}/{fields.text('slug').strip('-') or location.slug}"
    path = _sanitised(path, settings).strip("/")
    ugly = settings.ugly or section in settings.ugly_sections
    path = f"{path}.html" if ugly and path else f"{path}/" if path else ""
    return encoded(f"/{language}/{path}" if language else f"/{path}")


def term_path(label: str, files: Files) -> str:
    """A label as the addresses of its taxonomy have it, not yet encoded."""
    return _sanitised(label, hugo_settings(files, "en")).replace(" ", "-")


def _own_address(own: str, language: str) -> str:
    """``url`` of the front matter, below its language's folder unless it begins with a slash."""
    path = own if own.startswith("/") else f"/{language}/{own}" if language else f"/{own}"
    if not path.endswith("/") and "." not in path:
        path += "/"
    return encoded(path)


class _Filling:
    """A permalink template on its way to a path."""

    def __init__(
        self, fields: Fields, location: Location, local: datetime, site: Site, settings: HugoSettings
    ) -> None:
        self.fields, self.location, self.settings = fields, location, settings
        self.local = self._own_date(site) or local

    def fill(self, template: str) -> str:
        def replace(match: re.Match[str]) -> str:
            name, part = match[1], match[2]
            made = date_part(name, self.local)
            if made is None:
                made = self._sections(part) if name == "sections" else self._value(name)
            if made is None:
                raise Trouble(f"`{template}` has a placeholder that does not exist: :{name}", key="permalink")
            return made + (part or "" if name != "sections" else "")

        return _TOKEN.sub(replace, template)

    def _own_date(self, site: Site) -> datetime | None:
        """Hugo fills in ``date`` with the offset that it was written with."""
        for key in self.settings.dates["date"]:
            if written := self.fields.text(key):
                try:
                    return as_written(written, site.zone)
                except ValueError:
                    return None
        return None

    def _value(self, name: str) -> str | None:
        slug, title = self.fields.text("slug").strip("-"), self.fields.text("title")
        match name:
            case "title":
                return self._in_path(title)
            case "slug":
                return self._in_path(slug or title)
            case "slugorfilename" | "slugorcontentbasename":
                return self._in_path(slug or self.location.stem)
            case "filename" | "contentbasename":
                return self._in_path(self.location.stem)
            case "section":
                return self.location.section.partition("/")[0]
        return None

    def _in_path(self, value: str) -> str:
        return _sanitised(value, self.settings)

    def _sections(self, part: str | None) -> str:
        """``:sections``, or a part of it such as ``:sections[1:]`` and ``:sections[last]``."""
        sections = self.location.section.split("/") if self.location.section else []
        if not part:
            return "/".join(sections)
        first, colon, last = part[1:-1].partition(":")
        try:
            begin = len(sections) - 1 if first == "last" else int(first or 0)
            end = len(sections) - (last == "last") if last in {"", "last"} else int(last)
            return "/".join(sections[begin:end] if colon else sections[begin : begin + 1])
        except ValueError:
            return ""


def _sanitised(path: str, settings: HugoSettings) -> str:
    """``helpers.UnicodeSanitize``: blanks become hyphens, other signs vanish."""
    if not settings.accents:
        path = _without_accents(path)
    if not _PLAIN.fullmatch(path):
        path = _kept(path)
    return path.lower() if settings.lower else path


def _kept(path: str) -> str:
    made: list[str] = []
    hyphen_due, was_hyphen = False, False
    for index, character in enumerate(path):
        if _is_kept(character, path, index):
            was_hyphen = character == "-"
            if hyphen_due and not was_hyphen:
                made.append("-")
            hyphen_due = False
            made.append(character)
        elif made and not was_hyphen and character.isspace():
            hyphen_due = True
    return "".join(made)


def _is_kept(character: str, path: str, index: int) -> bool:
    if character == "%":
        following = path[index + 1 : index + 3]
        return len(following) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in following)
    if character in _KEPT or character.isalpha():
        return True
    category = unicodedata.category(character)
    return category == "Nd" or category[0] == "M"


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))


def encoded(path: str) -> str:
    """The path percent-encoded, with ``%20`` and its like left as they are, and climbing nowhere."""
    path = _CLIMBING.sub("/", path)
    if _PLAIN.fullmatch(path):
        return path
    return quote(path, safe="!'()*" + _SAFE if _VALID.fullmatch(path) else _SAFE)  # url.EscapedPath of Go


def date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """``date``, or a later ``publishDate``, before which Hugo shows nothing; else the file name's."""
    settings = hugo_settings(site.files, site.language)
    written, key = _first(fields, settings.dates["date"], location)
    planned, its_key = _first(fields, settings.dates["publishdate"], location)
    if its_key and its_key != key and planned != written and _later(planned, written, site):
        return planned, its_key
    return (written, key) if written else (location.date, "")


def _first(fields: Fields, keys: tuple[str, ...], location: Location) -> tuple[str, str]:
    for key in keys:
        if key == ":filename":
            if location.date:
                return location.date, ""
        elif (written := fields.text(key)) and written.lower() not in {"true", "false"}:
            return written, key
    return "", ""


def _later(planned: str, written: str, site: Site) -> bool:
    if not written:
        return True
    try:
        return as_written(planned, site.zone) > as_written(written, site.zone)
    except ValueError:
        return True  # and so the date that cannot be read is named


def defaults(path: str, site: Site) -> Mapping[str, Value]:
    """What cascades of the configuration and of the sections above give to a page."""
    settings = hugo_settings(site.files, site.language)
    if not settings.cascades:
        return {}
    inside = ((path[len(at) + 1 :], spoken) for at, spoken in settings.folders if path.startswith(f"{at}/"))
    below, language = next(inside, (path, ""))
    above, _, name = below.rpartition("/")
    stem, _, suffix = name.rpartition(".")
    plain, point, ending = stem.rpartition(".")
    if point and ending in settings.languages:
        name, language = f"{plain}.{suffix}", ending
    place = f"/{above}/{name}" if above else f"/{name}"
    return given(settings.cascades, place, language or settings.own_language)


def categories(fields: Fields, location: Location, site: Site) -> list[str]:
    """The taxonomy ``categories``."""
    return folders.listed(fields, hugo_settings(site.files, site.language).categories)


def tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """The taxonomy ``tags``."""
    return folders.listed(fields, hugo_settings(site.files, site.language).tags)


def withheld(fields: Fields, location: Location, site: Site) -> str:
    """What ``headless`` and ``build`` keep out of lists, or off the site."""
    if fields.is_true("headless"):
        return "not a post"
    for table in ("build", "_build"):
        if fields.text(f"{table}.render").lower() in {"never", "link", "false"}:
            return "unpublished"
        if fields.text(f"{table}.list").lower() in {"never", "local", "false"}:
            return "unlisted"
    return ""


def detect(found: Surroundings) -> str:
    """``hugo.toml``, a configuration with ``baseURL``, or the pages of sections."""
    for name in sorted(found.files):
        if name.startswith("hugo.") and name in SETTINGS:
            return name
    for name, text in sorted(found.texts.items()):
        if name.startswith("config.") and "baseurl" in text.lower():
            return name
    if (found.root / "config" / "_default").is_dir():
        return "the folder config/_default"
    if "archetypes" in found.folders:
        return "the folder archetypes"
    if any(path.rpartition("/")[2].startswith("_index.") for path in found.posts):
        return "the pages of sections, _index.md"
    return "front matter in TOML" if any(text.startswith("+++") for text in found.sample) else ""


HUGO = Dialect(
    "hugo",
    locate,
    address,
    date,
    categories,
    tags,
    defaults=defaults,
    withheld=withheld,
    detect=detect,
    settings=(*SETTINGS, *SECTIONS),
    keys=Keys.ANY,
    undated_is_page=True,
    templated=True,
)
