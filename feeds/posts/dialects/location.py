"""What the path of a file says about the post in it."""

from __future__ import annotations

from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """What the path of a file says about the post in it."""

    stem: str
    """The file name without its suffix and language, or the folder's name for an ``index.md``."""
    suffix: str
    slug: str
    section: str = ""
    """Folders above the file, below where posts begin, with slashes."""
    date: str = ""
    categories: tuple[str, ...] = ()
    language: str = ""
    withheld: str = ""
    """``draft`` or ``not a post`` where the path alone settles it."""
    translation: str = ""
    """What the paths of a post and its translations have in common, or empty."""
    notes: tuple[str, ...] = ()
    """Oddities of the path, for ``check`` to tell."""
