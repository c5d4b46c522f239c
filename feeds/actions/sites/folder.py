"""A folder of posts that no generator is known for."""

from __future__ import annotations

from pathlib import Path

from feeds.actions.sites.site import GeneratorSite

_FOLDERS = ("posts", "blog", "articles", "content/posts", "content", "_content", "notes", "diary")


def find(root: Path, dialect: str = "plain") -> GeneratorSite | None:
    """The folder of posts in this one, by its usual names; None if there is nothing to read.

    A plugin's dialect, which was recognised, may have its posts anywhere.
    """
    full = (name for name in _FOLDERS if any(path.is_file() for path in (root / name).glob("**/*.md")))
    name = next(full, "" if dialect == "plain" else ".")
    if not name:
        return None
    return GeneratorSite(
        root=root, dialect=dialect, told_by="the folder", posts_name=name, public_name="public", ids="tag"
    )
