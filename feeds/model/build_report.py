"""What scanning and publishing report; apart from other reports, as a build needs no others."""

from __future__ import annotations

from feeds.model.noun import dataclass
from feeds.model.post import Problem, Withheld


@dataclass(frozen=True, slots=True)
class ScanReport:
    """What a scan found."""

    new: int
    changed: int
    unchanged: int
    gone: int
    visible: int
    withheld: tuple[Withheld, ...]
    problems: tuple[Problem, ...]
    mailable: int
    """Posts that got their sequence number in this scan."""
    held: tuple[str, ...]
    """Paths of posts that wait for ``release``."""
    unsettled: tuple[str, ...] = ()
    """Paths of files that somebody may still be writing, and that were not looked at for that."""


@dataclass(frozen=True, slots=True)
class PublishReport:
    """Which documents a publication wrote; paths are relative to the public folder."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    new_feeds: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()
    """Categories that have no feed since another has their slug: what to tell the owner of each."""
    addresses: tuple[str, ...] = ()
    """Absolute URLs of the feeds that changed, for hubs."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What ``kawaraban build`` did."""

    scan: ScanReport
    publish: PublishReport
    seconds: float
