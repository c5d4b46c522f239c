"""The posts folder: the only file of this stage that touches the disk."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from feeds.errors import PostsError, SourceChanged
from feeds.model.post import Source

MAX_SIZE = 2 * 1024 * 1024
"""Bytes of the largest file that is read: some Markdown grows beyond all bounds (facts/libraries.md §2)."""

_POST_NAME = re.compile(r"[^.#~].*\.(?:md|markdown|mkdn?|mkdown|mdown|text|html?)", re.IGNORECASE | re.DOTALL)
_ALWAYS_POSTS = re.compile(r".*\.(?:md|markdown|mkdn?|mkdown|mdown)", re.IGNORECASE | re.DOTALL)
_DATED = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-", re.ASCII)
_GENERATORS_OWN = frozenset(
    {"_site", "_layouts", "_includes", "_sass", "_data", "_plugins", "node_modules", "vendor", "__pycache__"}
)


class Unreadable(PostsError):
    """A file has a post's name, and cannot be read as one; says why."""


def list_sources(folder: Path) -> list[Source]:
    """Every file below the folder that has a post's name, sorted by path.

    Links that leave the folder, pipes and the like are listed too, so that ``read_source`` can say what is
    wrong with them. Raises PostsError if the folder is not there.
    """
    try:
        return sorted(_walk(os.fspath(folder), "", os.path.realpath(folder)), key=lambda source: source.path)
    except OSError as error:
        raise PostsError(
            f"the posts folder {folder} cannot be read ({error.strerror}); nothing was changed. "
            "Mount it, or correct [posts] folder"
        ) from None


def _walk(folder: str, prefix: str, root: str) -> Iterator[Source]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name not in _GENERATORS_OWN:
                    yield from _walk(entry.path, path + "/", root)
            elif entry.is_symlink() and _leads_to_folder(entry):
                if not entry.name.startswith(".") and not _inside(entry.path, root):
                    yield _source(path, entry.stat(follow_symlinks=False))
            elif _has_post_name(entry.name):
                yield _source(path, _stat(entry))


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


def _source(path: str, status: os.stat_result) -> Source:
    return Source(path, status.st_size, status.st_mtime_ns, status.st_ino)


def _inside(path: str, root: str) -> bool:
    return os.path.realpath(path).startswith(root.rstrip("/") + "/")


def read_source(folder: Path, source: Source) -> bytes:
    """The bytes of a file, which are those that the listing saw.

    Raises Unreadable for what is no plain file of a sane size inside the folder, and SourceChanged if it was
    written to since it was listed.
    """
    if source.size > MAX_SIZE:
        raise Unreadable(f"the file has {source.size:,} bytes; {MAX_SIZE:,} is the most that is read")
    name = os.path.join(folder, source.path)
    try:
        descriptor = _open(name, os.path.realpath(folder) if os.path.islink(name) else "")
    except FileNotFoundError:
        raise SourceChanged(f"{source.path} vanished while it was read") from None
    except OSError as error:
        raise Unreadable(f"the file cannot be opened: {error.strerror}") from None
    try:
        return _read(descriptor, source)
    finally:
        os.close(descriptor)


def _open(name: str, root: str) -> int:
    """Opens a file without following a link out of ``root``, and without waiting at a pipe."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    if not root:
        return os.open(name, flags)
    if not _inside(name, root):
        raise Unreadable("the file is a link that leaves the posts folder")
    if not os.path.exists(name):
        raise Unreadable("the file is a link that leads nowhere")
    return os.open(os.path.realpath(name), flags)


def _read(descriptor: int, source: Source) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Unreadable("it has a post's name but is not a plain file")
    chunks = []
    while chunk := os.read(descriptor, source.size + 1):
        chunks.append(chunk)
        if sum(map(len, chunks)) > source.size:
            break
    after = os.fstat(descriptor)
    if (after.st_size, after.st_mtime_ns, after.st_ino) != (source.size, source.mtime_ns, source.inode):
        raise SourceChanged(f"{source.path} changed while it was read")
    data = b"".join(chunks)
    if len(data) != source.size:
        raise SourceChanged(f"{source.path} changed while it was read")
    return data


def find_source(folder: Path, path: str) -> Source:
    """The file as it is now. Raises SourceChanged if it is gone."""
    try:
        return _source(path, os.stat(os.path.join(folder, path)))
    except OSError:
        raise SourceChanged(f"{path} is gone") from None


def fingerprint(data: bytes) -> str:
    """The first half of the SHA-256 of the bytes, as 32 hex digits."""
    return hashlib.sha256(data).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands in and around a posts folder, for telling dialects apart."""

    files: frozenset[str]
    folders: frozenset[str]
    config: str
    """The text of a ``config.toml`` or ``config.yaml``, if there is one."""
    has_section_pages: bool
    """Whether there is an ``_index.md`` anywhere below."""


def surroundings(folder: Path) -> Surroundings:
    """What stands in the folder, and in the folders above up to one with a generator's configuration."""
    files: set[str] = set()
    folders: set[str] = set()
    config = ""
    for place in (folder.resolve(), *folder.resolve().parents[:2]):
        names = _names(place)
        folders |= names[1] if place == folder.resolve() else set()
        own = {name for name in names[0] if name.startswith(("_config.", "config.", "hugo.", "zola."))}
        files |= own
        config = _config_text(place, own)
        if own:
            break
    pages = any(source.path.rpartition("/")[2].startswith("_index.") for source in list_sources(folder))
    return Surroundings(frozenset(files), frozenset(folders), config, pages)


def _names(folder: Path) -> tuple[set[str], set[str]]:
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return set(), set()
    folders = {name for name, is_folder in found if is_folder}
    return {name for name, _ in found} - folders, folders


def _config_text(folder: Path, names: set[str]) -> str:
    for name in sorted(names & {"config.toml", "config.yaml", "config.yml"}):
        try:
            return (folder / name).read_text(encoding="utf-8", errors="replace")[:MAX_SIZE]
        except OSError:
            continue
    return ""
