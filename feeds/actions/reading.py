"""Reading: which files the posts folder has, and what they turn out to be; no store is needed for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from feeds.model.noun import dataclass
from feeds.model.post import Parsed, Source
from feeds.posts.characters import readable
from feeds.posts.folder import list_sources
from feeds.posts.site import Site


@dataclass(frozen=True, slots=True)
class Policy:
    """What the owner decided about visibility and mail."""

    future: bool
    """Whether posts show before their date has come."""
    settle: timedelta
    """How long a post must lie unchanged before it is mailed."""
    hold_above: int
    """More posts than this that come at once wait for the owner; 0: never."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What to scan, and how."""

    folder: Path
    site: Site
    policy: Policy
    processes: int = 1
    facets: frozenset[str] = frozenset()
    """Kinds of facets that have feeds, beside everything and the categories."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A folder that is being read."""

    found: Mapping[str, Source]
    """Every file, by its path as text."""
    parsed: Iterator[Parsed | None]
    """What each turns out to be, in the same order."""


def read_ahead(folder: Path, site: Site, processes: int) -> Reading:
    """Begins to read the whole folder in other processes, for a scan that has to make its database first."""
    from feeds.posts.scan import read_posts

    found = list_files(folder)
    return Reading(found, read_posts(folder, list(found.values()), site, processes))


def list_files(folder: Path) -> dict[str, Source]:
    """Every file of the folder by its path as text, which a file name need not be. Raises PostsError."""
    return {readable(source.path): source for source in list_sources(folder)}


def list_places(what: Scan, places: Iterable[str]) -> dict[str, Source]:
    """Those of the files that lie at these paths or below them."""
    from feeds.posts.folder import list_places

    return {readable(source.path): source for source in list_places(what.folder, places)}


def read_files(what: Scan, sources: Sequence[Source]) -> list[tuple[Source, Parsed]]:
    """The files that stayed the same while they were read, each with what it turned out to be."""
    if not sources:
        return []
    from feeds.posts.scan import read_posts  # YAML and all that is of no use when nothing changed

    return paired(sources, read_posts(what.folder, sources, what.site, what.processes))


def paired(sources: Iterable[Source], parsed: Iterable[Parsed | None]) -> list[tuple[Source, Parsed]]:
    """Each file with what it turned out to be, but for those that changed all the while."""
    return [(source, result) for source, result in zip(sources, parsed, strict=True) if result is not None]
