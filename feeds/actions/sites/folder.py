"""A folder of posts that no generator is known for."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from feeds.actions.sites.site import GeneratorSite
from feeds.posts.dialects.keys import DATE_KEYS
from feeds.posts.folder import list_sources

_FOLDERS = ("posts", "blog", "articles", "content/posts", "content", "_content", "notes", "diary")
_DATED = re.compile(rf"(?:---|\+\+\+)\s*\n(?s:.*?)^(?:{'|'.join(DATE_KEYS)})\s*[:=]", re.MULTILINE)
_HEAD = 4000
_MOST = 0.8
"""The part of all files with a date that lies in the folder of posts."""
_FEW = 3
_GUESSED = "Guessed: files with a date lie there."
_ADDRESSES = "Nothing says what the addresses of posts are; if not so, say it here, as in /entries/:slug/."


def find(root: Path, dialect: str = "plain") -> GeneratorSite | None:
    """The folder of posts in this one, by its usual names; None if there is nothing to read.

    A plugin's dialect, which was recognised, may have its posts anywhere.
    """
    full = (name for name in _FOLDERS if any(path.is_file() for path in (root / name).glob("**/*.md")))
    name = next(full, "" if dialect == "plain" else ".")
    remarks = {"posts.permalink": _ADDRESSES} if dialect == "plain" else {}
    if not name and (name := _dated_folder(root)):
        remarks["posts.folder"] = _GUESSED
    if not name:
        return None
    return GeneratorSite(
        root=root,
        dialect=dialect,
        told_by="the folder",
        posts_name=name,
        public_name="public",
        ids="tag",
        remarks=remarks,
    )


def _dated_folder(root: Path) -> str:
    """The deepest folder in which most of the files lie whose front matter has a date."""
    found = [path for source in list_sources(root) if _has_date(root / (path := source.path))]
    holders: Counter[str] = Counter()
    for path in found:
        parts = path.split("/")[:-1]
        holders.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    full = [name for name, count in holders.items() if count >= max(_FEW, _MOST * len(found))]
    return max(full, key=lambda name: name.count("/"), default="")


def _has_date(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return _DATED.match(stream.read(_HEAD)) is not None
    except OSError:
        return False
