"""The generator's own configuration: which files it is in, what they say, and whether they changed."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from feeds.posts.file import text_of
from feeds.posts.fingerprint import LONGEST_FRONT_MATTER
from feeds.posts.folder import GENERATORS_OWN

_BESIDE = re.compile(r"\{posts\}|(?:\w+/)?_(?:data|includes)/")


def settings_root(posts: Path, base: Path, patterns: Sequence[str]) -> Path:
    """The nearest folder from the posts upwards to ``base`` that has one of these files, else ``base``.

    Patterns that begin with ``{posts}`` name files below the posts folder and tell nothing about the root, as
    those of shared data and text do not.
    """
    if posts.is_relative_to(base):
        own = [pattern for pattern in patterns if not _BESIDE.match(pattern)]
        for place in (posts, *posts.parents):
            if any(_matching(place, pattern) for pattern in own):
                return place
            if place == base:
                break
    return base


def settings_files(root: Path, posts: Path, patterns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Path below the root, and text, of every file that the patterns name."""
    found: dict[str, str] = {}
    for pattern in patterns:
        for file in _matching(root, pattern.replace("{posts}", os.path.relpath(posts, root))):
            name = file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name
            is_section = file.name.startswith("_index.")  # Hugo's: few say something of their posts
            text = text_of(file, LONGEST_FRONT_MATTER) if is_section else text_of(file)
            if not is_section or "cascade" in text.lower():
                found.setdefault(name, text)
    return tuple(found.items())


def settings_stamp(root: Path, patterns: Sequence[str]) -> tuple[tuple[str, int, int, int], ...]:
    """What changes when one of these files does; of those that lie in folders of posts, nothing."""
    found = (file for pattern in patterns if "{posts}" not in pattern for file in _matching(root, pattern))
    return tuple(stamp for file in found if (stamp := _stamp(file)))


def _stamp(file: Path) -> tuple[str, int, int, int] | None:
    try:
        status = os.stat(file)
    except OSError:  # it went away meanwhile
        return None
    return os.fspath(file), status.st_mtime_ns, status.st_size, status.st_ino


def are_settings(places: Iterable[str], patterns: Sequence[str]) -> bool:
    """Whether one of these paths below the posts folder can be of a file that the patterns name."""
    names = [pattern.rpartition("/")[2] for pattern in patterns if pattern.startswith("{posts}")]
    return any(fnmatch.fnmatch(place.rpartition("/")[2], name) for place in places for name in names)


def _matching(root: Path, pattern: str) -> list[Path]:
    if "**/" in pattern:
        return sorted(_below(root, *pattern.split("**/", 1)))
    if "*" in pattern:
        return sorted(path for path in root.glob(pattern) if path.is_file())
    return [root / pattern] if os.path.isfile(root / pattern) else []


def _below(root: Path, folder: str, pattern: str) -> Iterator[Path]:
    """Files in all folders below one whose names match, but for what packages and generators put there."""
    for place, folders, names in os.walk(root / folder):
        folders[:] = [name for name in folders if name[0] != "." and name not in GENERATORS_OWN]
        yield from (Path(place, name) for name in fnmatch.filter(names, pattern))
