"""Files that are pages of the site and no posts, such as ``about.md``: what leads to them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from feeds.errors import SourceChanged
from feeds.posts import frontmatter
from feeds.posts.characters import decode
from feeds.posts.dialects.table import dialect_named
from feeds.posts.fields import Fields
from feeds.posts.file import Unreadable, find_source, read_source
from feeds.posts.shortcodes.references import likely_paths
from feeds.posts.site import Site
from feeds.posts.trouble import Trouble

_NO_DAY = datetime(1, 1, 1, tzinfo=UTC)
_HIDDEN = ("draft", "isDraft", "is_draft", "headless")


def address_of_page(name: str, folder: Path, site: Site) -> str | None:
    """The address of the page that a name means; None if there is none, or none that is on the site."""
    dialect = dialect_named(site.dialect)
    if not dialect.undated_is_page:
        return None
    for path in likely_paths(name, site):
        try:
            data = read_source(folder, find_source(folder, path))
        except (SourceChanged, Unreadable):
            continue
        try:
            return _address(path, decode(data), site)
        except Trouble:
            return None
    return None


def _address(path: str, text: str, site: Site) -> str | None:
    """Raises Trouble where the front matter is broken."""
    dialect = dialect_named(site.dialect)
    location = dialect.locate(site.path_of(path), site)
    matter = frontmatter.read(text, headers=dialect.headers)
    fields = Fields(matter.values, matter.lines).folded()
    if location.withheld or any(map(fields.is_true, _HIDDEN)) or dialect.date(fields, location, site)[0]:
        return None  # what has a date is a post, and not one that readers see
    if dialect.withheld and dialect.withheld(fields, location, site):
        return None
    return site.root + dialect.address(fields, location, _NO_DAY, site)
