"""The posts folder: which files it has."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from feeds.errors import PostsMissing
from feeds.model.post import Source
from feeds.posts.characters import readable

_POST_NAME = re.compile(
    r"[^.#~].*\.(?:mdx?|markdown|mkdn?|mkdown|mdown|rst|text|html?)", re.IGNORECASE | re.DOTALL
)
_ALWAYS_POSTS = re.compile(r".*\.(?:mdx?|markdown|mkdn?|mkdown|mdown|rst)", re.IGNORECASE | re.DOTALL)
_DATED = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-", re.ASCII)
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
GENERATORS_OWN = frozenset(
    {"_site", "_layouts", "_includes", "_sass", "_data", "_plugins", "node_modules", "vendor", "__pycache__"}
)


def list_sources(folder: Path) -> list[Source]:
    """Every file below the folder that has a post's name, sorted by path.

    Links that leave the folder, pipes and the like are listed too, so that ``read_source`` can say what is
    wrong with them. Raises PostsError if the folder is not there.
    """
    try:
        return sorted(_walk(os.fspath(folder), "", os.path.realpath(folder)), key=lambda source: source.path)
    except OSError as error:
        raise _gone(folder, error) from None


def list_places(folder: Path, places: Iterable[str]) -> list[Source]:
    """The same for the files at these paths and below them, for each that is there."""
    root = os.path.realpath(folder)
    try:
        found = {source.path: source for place in places for source in _at(os.fspath(folder), place, root)}
        os.scandir(folder).close()  # after the look: a folder that went away meanwhile has lost no post
    except OSError as error:
        raise _gone(folder, error) from None
    return [found[path] for path in sorted(found)]


def _gone(folder: Path, error: OSError) -> PostsMissing:
    return PostsMissing(
        f"the posts folder {_place(folder, error)} cannot be read ({error.strerror}); nothing was changed. "
        "Mount it, or correct [posts] folder"
    )


def _place(folder: Path, error: OSError) -> str:
    """The folder, and the one in it where the trouble is."""
    where = os.fsdecode(error.filename or "")
    inside = where.startswith(f"{os.fspath(folder)}/")
    return readable(f"{folder} (at {where})" if inside else os.fspath(folder))


def _at(folder: str, place: str, root: str) -> Iterator[Source]:
    """What ``_walk`` would come to at this path."""
    *above, name = place.split("/")
    for depth, part in enumerate(above, start=1):
        if _is_passed_over(part) or os.path.islink(os.path.join(folder, *above[:depth])):
            return
    path = os.path.join(folder, place)
    try:
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            if not _is_passed_over(name):
                yield from _walk(path, place + "/", root)
            return
        target = _target(path, status)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return
        raise  # a drive that fails has not lost its files
    if stat.S_ISDIR(target.st_mode):
        if not name.startswith(".") and not is_inside(path, root):
            yield source_at(place, status)
    elif _has_post_name(name):
        yield source_at(place, target)


def _target(path: str, status: os.stat_result) -> os.stat_result:
    try:
        return os.stat(path) if stat.S_ISLNK(status.st_mode) else status
    except OSError:  # a link to nowhere
        return status


def _is_passed_over(folder: str) -> bool:
    return folder.startswith(".") or folder in GENERATORS_OWN


def _walk(folder: str, prefix: str, root: str) -> Iterator[Source]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not _is_passed_over(entry.name):
                    yield from _walk(entry.path, path + "/", root)
            elif entry.is_symlink() and _leads_to_folder(entry):
                if not entry.name.startswith(".") and not is_inside(entry.path, root):
                    yield source_at(path, entry.stat(follow_symlinks=False))
            elif _has_post_name(entry.name):
                yield source_at(path, _stat(entry))


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _has_post_name(name: str) -> bool:
    """Markdown by its suffix; HTML and ``.text`` only with a date before the name, as in Jekyll."""
    return _POST_NAME.fullmatch(name) is not None and (
        _ALWAYS_POSTS.fullmatch(name) is not None or _DATED.match(name) is not None
    )


def _stat(entry: os.DirEntry[str]) -> os.stat_result:
    try:
        return entry.stat()
    except OSError:  # a link to nowhere
        return entry.stat(follow_symlinks=False)


def source_at(path: str, status: os.stat_result) -> Source:
    """The file at this path below the folder, by what the system says of it."""
    return Source(path, status.st_size, status.st_mtime_ns, status.st_ino)


def is_inside(path: str, root: str) -> bool:
    """Whether the path, wherever its links lead, ends below the root, which has none."""
    return os.path.realpath(path).startswith(root.rstrip("/") + "/")
