"""What differs from one site generator to another: the interface that every dialect, and every plugin, fills.

A dialect of your own is a ``Dialect`` with a name and whatever differs from a plain folder; everything else
has a default. A package offers it under the entry point group ``kawaraban.dialects``, as the object itself or
as a function without arguments that makes it::

    [project.entry-points."kawaraban.dialects"]
    diary = "my_package:DIARY"

``[posts] dialect = "diary"`` then names it. With a ``detect`` it is also found by itself, by ``init`` and by
``check``. Whatever its functions raise makes a problem of the one file that they were asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum

from feeds.model.noun import dataclass
from feeds.posts.authors import written_authors
from feeds.posts.dialects import folders
from feeds.posts.dialects.keys import DATE_KEYS, HTML, MARKDOWN, UPDATED_KEYS, first_date
from feeds.posts.dialects.location import Location
from feeds.posts.fields import Fields, Value
from feeds.posts.permalinks import encode, sanitise
from feeds.posts.site import Site
from feeds.posts.surroundings import Surroundings

__all__ = [
    "DATE_KEYS",
    "HTML",
    "MARKDOWN",
    "UPDATED_KEYS",
    "Dialect",
    "Fields",
    "Keys",
    "Location",
    "Site",
    "Surroundings",
    "first_date",
]


class Keys(Enum):
    """How exactly front matter has to spell its keys."""

    EXACT = "exact"
    """As they are, where addresses and dates depend on them."""
    CAPITAL = "capital"
    """``Title:`` stands for ``title:``."""
    ANY = "any"
    """``TITLE:`` does, too, and so do the keys of tables."""


def plain_address(fields: Fields, location: Location, local: datetime, site: Site) -> str:
    """``permalink`` or ``url`` as it stands, else the site's template, else folder and slug."""
    own = fields.text("permalink", "url")
    if own and "://" not in own and "{" not in own:  # a template of another language says nothing here
        return sanitise(encode(own))
    path = folders.filled(site.permalink or "/:section/:slug/", fields, location, local, site)
    return folders.with_language(path, location, site)


def plain_date(fields: Fields, location: Location, site: Site) -> tuple[str, str]:
    """The front matter's date under any of its usual names, else the file name's."""
    written, key = first_date(fields, DATE_KEYS)
    return (written, key) if written else (location.date, "")


def plain_categories(fields: Fields, location: Location, site: Site) -> list[str]:
    """``categories``, then ``category``; text is split at commas."""
    return folders.listed(fields, ("categories", "category"))


def plain_tags(fields: Fields, location: Location, site: Site) -> list[str]:
    """``tags``, ``tag`` and ``keywords``; text is split at commas."""
    return folders.listed(fields, ("tags", "tag", "keywords", "taxonomies.tags"))


def plain_authors(fields: Fields, location: Location, site: Site) -> list[str]:
    """``author``, else ``authors``, at the top or in a table; text is split at commas and semicolons."""
    return written_authors(fields)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one generator reads a folder of posts. Only the name has no default."""

    name: str
    locate: Callable[[str, Site], Location] = folders.locate
    """What a path says; it is relative to the site's root, ``site.folder`` included."""
    address: Callable[[Fields, Location, datetime, Site], str] = plain_address
    """The URL path of a post, given its date where the site is; begins with a slash."""
    date: Callable[[Fields, Location, Site], tuple[str, str]] = plain_date
    """The date as it was written and the key it stands under; both empty if there is none."""
    categories: Callable[[Fields, Location, Site], list[str]] = plain_categories
    tags: Callable[[Fields, Location, Site], list[str]] = plain_tags
    authors: Callable[[Fields, Location, Site], list[str]] = plain_authors
    """Names of those who wrote the post."""
    defaults: Callable[[str, Site], Mapping[str, Value]] | None = None
    """Front matter that the site gives to the post at a path; the post's own goes before it."""
    withheld: Callable[[Fields, Location, Site], str] | None = None
    """Why a post is not shown, beyond ``draft``, ``published`` and their like; empty if it is."""
    notes: Callable[[Fields, Location, Site], tuple[str, ...]] | None = None
    """Oddities for ``check`` to tell."""
    detect: Callable[[Surroundings], str] | None = None
    """By what one recognises the dialect, such as a file's name; empty if it is not this one."""
    settings: tuple[str, ...] = ()
    """Files of the generator's configuration, relative to the site's root; their texts are ``site.files``.
    ``*`` stands for a part of a name, ``**`` for folders, ``{posts}`` for the posts folder."""
    keys: Keys = Keys.CAPITAL
    headers: bool = False
    """Whether front matter is lines of ``Key: value`` up to an empty line, without fences."""
    undated_is_page: bool = False
    """Whether a file without a date is a page, and so no post, rather than a problem."""
    exact_is_utc: bool = False
    """See ``dates.read_date``."""
    templated: bool = False
    """Whether bodies may hold Liquid, shortcodes or kramdown's attribute lists."""
    title_from_heading: bool = True
    """Whether a heading at the top of the body names a post that has no ``title``."""
    published_line: str = ""
    """What a line of a file looks like that makes the post public, to git (``git log -G``): a post without a
    date then has that of the first commit with such a line, else of first sight. Empty: it needs a date."""
    date_hint: str = "put `date: 2025-09-14` between two lines of `---` at its top"
    """What to do about a post without a date."""
