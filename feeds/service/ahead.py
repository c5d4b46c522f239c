"""A first build begins before its configuration is checked: other processes read the posts meanwhile.

To load what checks the configuration, keeps the store (SQLAlchemy) and writes feeds (feedgen)
takes this process as long as it takes another one to read fifteen hundred posts. So the helpers are
started before any of it is loaded, and read what the configuration seems to say at a glance. Once it is
loaded, what they read counts only if it says the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from feeds import processes
from feeds.config.glance import Outline, glance
from feeds.errors import KawarabanError
from feeds.model.noun import dataclass

if TYPE_CHECKING:
    from feeds.actions.reading import Reading
    from feeds.posts.dialects.table import Recognised
    from feeds.posts.site import Site


@dataclass(frozen=True, slots=True)
class Ahead:
    """The posts of a publication that are being read."""

    outline: Outline
    recognised: Recognised
    site: Site
    reading: Reading
    _helpers: ExitStack

    def give_up(self) -> None:
        """Ends the processes that read."""
        self._helpers.close()


@contextmanager
def read_ahead(config_path: Path) -> Iterator[Ahead | None]:
    """Reads the posts during the block, if the publication has no database yet and there is a second core."""
    outline = glance(config_path)
    cores = len(os.sched_getaffinity(0))
    if outline is None or cores < 2:
        yield None
        return
    with ExitStack() as helpers:
        helpers.enter_context(processes.helpers(cores - 1))
        processes.prepare("feeds.posts.scan", "feeds.posts.parse")
        yield _begun(outline, helpers, cores)


def _begun(outline: Outline, helpers: ExitStack, cores: int) -> Ahead | None:
    from feeds.actions.reading import read_ahead

    try:
        recognised = recognised_in(outline)
        site = site_of(outline, recognised.dialect)
        return Ahead(outline, recognised, site, read_ahead(outline.folder, site, cores), helpers)
    except (KawarabanError, OSError, ValueError, LookupError):  # whoever loads it will say what is wrong
        return None


def recognised_in(outline: Outline) -> Recognised:
    """The dialect of the posts, and by what one sees it."""
    from feeds.posts.dialects.table import Recognised, recognise

    if outline.dialect == "auto":
        return recognise(outline.folder)
    return Recognised(outline.dialect, "the configuration")


def site_of(outline: Outline, dialect: str) -> Site:
    """What parsing has to know of the publication."""
    from zoneinfo import ZoneInfo

    from feeds.posts.dialects.table import dialect_named
    from feeds.posts.settings_files import settings_files, settings_root
    from feeds.posts.site import IdStyle, Site

    address = urlsplit(outline.url)
    settings = dialect_named(dialect).settings
    root = settings_root(outline.folder, outline.base, settings)
    return Site(
        url=f"{address.scheme}://{address.netloc}",
        baseurl=address.path.strip("/"),
        zone=ZoneInfo(outline.timezone),
        language=outline.language,
        author=outline.author,
        dialect=dialect,
        permalink=outline.permalink,
        future=outline.future,
        ids=IdStyle(outline.ids),
        folder=_below(outline.folder, root),
        excerpt_separator=outline.excerpt_separator,
        files=settings_files(root, outline.folder, settings),
        categories_from=outline.categories_from,
        tags_from=outline.tags_from,
    )


def _below(path: Path, base: Path) -> str:
    """The path below the base with forward slashes, or its last name where it lies elsewhere."""
    return path.relative_to(base).as_posix().removeprefix(".") if path.is_relative_to(base) else path.name
