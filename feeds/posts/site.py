"""What parsing has to know about the publication."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from feeds.model.noun import dataclass
from feeds.posts.fields import Value


class IdStyle(StrEnum):
    """Which ids a post proposes; the value is its name in the configuration."""

    TAG = "tag"
    PERMALINK = "permalink"
    JEKYLL = "jekyll"
    PELICAN = "pelican"


@dataclass(frozen=True, slots=True)
class Default:
    """Front matter values for every post under a path, as Jekyll's ``defaults`` has them."""

    path: str
    """Relative to the site's root; empty means every post."""
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Site:
    """The publication as parsing and rendering see it."""

    url: str
    """Scheme and host of the site, with or without a slash at the end."""
    zone: ZoneInfo
    """Where dates without a zone are meant."""
    language: str = "en"
    author: str = ""
    dialect: str = "plain"
    """A name that ``dialects.table.dialect_named`` knows."""
    permalink: str = ""
    """A template or the name of a style; empty means what the dialect does by default."""
    future: bool = False
    """Whether posts show before their date has come; asked by the scan, not by parsing."""
    ids: IdStyle = IdStyle.TAG
    folder: str = "_posts"
    """The posts folder below the site's root, with forward slashes; empty if it is the root itself."""
    baseurl: str = ""
    """Path below which the whole site lives, as Jekyll's ``baseurl``."""
    excerpt_separator: str = ""
    """Text that ends the excerpt in a body, besides ``<!--more-->``."""
    defaults: tuple[Default, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """The generator's own configuration: path below the site's root, and text, of each of its files."""
    categories_from: tuple[str, ...] = ()
    """Front matter keys that hold categories; none: those of the dialect."""
    tags_from: tuple[str, ...] = ()
    """The same for tags."""

    @property
    def root(self) -> str:
        """The address that posts' paths are put behind; no slash at the end."""
        base = self.baseurl.strip("/")
        return self.url.rstrip("/") + (f"/{base}" if base else "")

    @property
    def host(self) -> str:
        """The host name in lower case, as A-labels where it can be."""
        name = urlsplit(self.url).hostname or "localhost"
        try:
            return name.encode("idna").decode("ascii")
        except UnicodeError:
            return quote(name)

    def path_of(self, source_path: str) -> str:
        """The path of a file below the site's root."""
        return f"{self.folder}/{source_path}" if self.folder else source_path


_FROM_ROOT = re.compile(r"/(?!/)[\w/.~-]*", re.ASCII)

_C0_AND_BLANK = "".join(map(chr, range(0x21)))
_BREAKS = re.compile(r"[\t\n\r]")

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
"""What a link may begin with; every other scheme is taken away."""


def absolute(reference: str, base: str) -> str:
    """The absolute ASCII URL that a reference means on the page at ``base``; empty if it may not be shown.

    A reference to another host without a scheme becomes https.
    """
    if _FROM_ROOT.fullmatch(reference) and "./" not in reference:
        return (
            "/".join(base.split("/", 3)[:3]) + reference
        )  # most images: no need for urljoin, ten times slower
    if reference.startswith("#") and reference.isascii() and reference.isprintable() and " " not in reference:
        return base.partition("#")[0] + quote(reference, safe="%#/?:@!$&'()*+,;=-._~")
    reference = _BREAKS.sub("", reference.strip(_C0_AND_BLANK))  # URL Standard §4.4; blanks within are %20
    try:
        joined = f"https:{reference}" if reference.startswith("//") else urljoin(base, reference)
        scheme = urlsplit(joined).scheme
    except ValueError:
        return ""
    if scheme not in SCHEMES:
        return ""
    return quote(joined, safe="%:/?#[]@!$&'()*+,;=-._~")
