"""Where things are on disk."""

from __future__ import annotations

from pathlib import Path

from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Paths:
    """All absolute."""

    file: Path
    """The configuration file."""
    base: Path
    """What relative paths in the file are relative to."""
    public: Path
    posts: Path
    feeds: Path
    """Inside ``public``."""
    state: Path
    templates: Path

    def copies_out(self, path: Path) -> bool:
        """True where generators and web servers would take the path along: they pass over dotted names."""
        if not path.is_relative_to(self.public):
            return False
        return not any(part.startswith(".") for part in path.relative_to(self.public).parts)
