"""The posts folder: the only file of this stage that touches the disk."""

from __future__ import annotations

import errno
import fnmatch
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from feeds.errors import PostsError, PostsMissing, SourceChanged
from feeds.model.noun import dataclass
from feeds.model.post import Source
from feeds.posts.characters import readable

MAX_SIZE = 2 * 1024 * 1024
"""Bytes of the largest file that is read: some Markdown grows beyond all bounds (facts/libraries.md §2)."""

_POST_NAME = re.compile(
    r"[^.#~].*\.(?:mdx?|markdown|mkdn?|mkdown|mdown|rst|text|html?)", re.IGNORECASE | re.DOTALL
)
_ALWAYS_POSTS = re.compile(r".*\.(?:mdx?|markdown|mkdn?|mkdown|mdown|rst)", re.IGNORECASE | re.DOTALL)
_DATED = re.compile(r"\d{2,4}-\d{1,2}-\d{1,2}-", re.ASCII)
_OPENED = re.compile(rb"(?:\xef\xbb\xbf)?\s*(---|\+\+\+)[ \t]*\r?\n")
_CLOSED = re.compile(rb"[ \t]*\r?\n\s*")
_FENCED = 16384
"""Bytes of the longest front matter that a fingerprint tells from the body."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})
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
        if not name.startswith(".") and not _inside(path, root):
            yield _source(place, status)
    elif _has_post_name(name):
        yield _source(place, target)


def _target(path: str, status: os.stat_result) -> os.stat_result:
    try:
        return os.stat(path) if stat.S_ISLNK(status.st_mode) else status
    except OSError:  # a link to nowhere
        return status


def _is_passed_over(folder: str) -> bool:
    return folder.startswith(".") or folder in _GENERATORS_OWN


def _walk(folder: str, prefix: str, root: str) -> Iterator[Source]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not _is_passed_over(entry.name):
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
        descriptor = _open(name, folder)
    except FileNotFoundError:
        raise SourceChanged(f"{source.path} vanished while it was read") from None
    except OSError as error:
        raise Unreadable(f"the file cannot be opened: {error.strerror}") from None
    try:
        return _read(descriptor, source)
    finally:
        os.close(descriptor)


def _open(name: str, folder: Path) -> int:
    """Opens a file without following a link out of the folder, and without waiting at a pipe."""
    try:
        return os.open(name, _FLAGS)
    except OSError:
        if not os.path.islink(name):
            raise
    if not _inside(name, os.path.realpath(folder)):
        raise Unreadable("the file is a link that leaves the posts folder")
    if not os.path.exists(name):
        raise Unreadable("the file is a link that leads nowhere")
    return os.open(os.path.realpath(name), _FLAGS)


def _read(descriptor: int, source: Source) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise Unreadable("it has a post's name but is not a plain file")
    chunks = [os.read(descriptor, source.size + 1)]
    while len(chunks[-1]) and sum(map(len, chunks)) < source.size:
        chunks.append(os.read(descriptor, source.size + 1))
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
    """The SHA-256 of the body of a file, a colon, and that of what stands above it; each cut to 32 digits.

    Where there is no fenced front matter or nothing behind it, nothing stands before the colon.
    """
    start = _body_start(data)
    above = hashlib.sha256(data[:start]).hexdigest()[:32]
    body = hashlib.sha256(memoryview(data)[start:]).hexdigest()[:32] if start < len(data) else ""
    return f"{body}:{above}"


def _body_start(data: bytes) -> int:
    """Where the body begins behind fenced front matter; the end of the file where there is none."""
    opened = _OPENED.match(data)
    if opened is None:
        return len(data)
    fence = b"\n" + opened[1]
    last = opened.end() + _FENCED + len(opened[1])
    place = data.find(fence, opened.end() - 1, last)
    while place >= 0:
        if closed := _CLOSED.match(data, place + len(fence)):
            return closed.end()
        place = data.find(fence, place + 1, last)
    return len(data)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands in and around a posts folder, for telling dialects apart."""

    folder: Path
    """The posts folder, or a site's root."""
    root: Path
    """The nearest folder, from that one upwards, with a generator's configuration; else that one."""
    files: frozenset[str]
    """Names of the files in both."""
    folders: frozenset[str]
    """Names of the folders in both, and of the posts folder itself."""
    texts: Mapping[str, str]
    """Name → text of the files whose name says too little: ``config.toml``, ``package.json`` …"""
    posts: tuple[str, ...]
    """Paths of some posts below the folder."""
    sample: tuple[str, ...]
    """How these begin."""


_CONFIGURATIONS = re.compile(
    r"_config\.(?:ya?ml|toml)|(?:hugo|config)\.(?:toml|ya?ml|json)|zola\.toml|\.eleventy\.js|pelicanconf\.py|"
    r"(?:eleventy|astro|docusaurus)\.config\.[cm]?[jt]s|qiita\.config\.json|\.vitepress"
)
_SAYS_TOO_LITTLE = re.compile(r"_?config\.(?:toml|ya?ml|json)|package\.json")
_HEIGHT = 4
"""How far above posts a configuration is looked for; Astro keeps them in ``src/content/blog``."""
_SAMPLES = 8
_SAMPLE_SIZE = 2000


def surroundings(folder: Path, *, above: bool = True) -> Surroundings:
    """What stands in the folder, and in the nearest one above with a generator's configuration."""
    folder = folder.resolve()
    root = _root_of(folder) if above else folder
    files, folders = _names(folder)
    more_files, more_folders = _names(root)
    texts = {name: _text_of(root / name) for name in more_files if _SAYS_TOO_LITTLE.fullmatch(name)}
    posts = _some([source.path for source in list_sources(folder)])
    return Surroundings(
        folder=folder,
        root=root,
        files=frozenset(files | more_files),
        folders=frozenset({folder.name, *folders, *more_folders}),
        texts=texts,
        posts=posts,
        sample=tuple(_text_of(folder / path, _SAMPLE_SIZE) for path in posts),
    )


def is_configuration(name: str) -> bool:
    """Whether a file or folder of this name is the configuration of a generator."""
    return _CONFIGURATIONS.fullmatch(name) is not None


def _root_of(folder: Path) -> Path:
    for place in (folder, *folder.parents[: _HEIGHT - 1]):
        files, folders = _names(place)
        if any(map(is_configuration, files | folders)) or (place / "config" / "_default").is_dir():
            return place
        if ".git" in folders:
            break
    return folder


def _some(paths: list[str]) -> tuple[str, ...]:
    """A few of the paths, from all over the list, and a section's own page if there is one."""
    pages = [path for path in paths if path.rpartition("/")[2].startswith("_index.")]
    return (*pages[:1], *paths[:: max(1, len(paths) // _SAMPLES)][:_SAMPLES])


def _names(folder: Path) -> tuple[set[str], set[str]]:
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir()) for entry in entries]
    except OSError:
        return set(), set()
    folders = {name for name, is_folder in found if is_folder}
    return {name for name, _ in found} - folders, folders


def _text_of(file: Path, size: int = MAX_SIZE) -> str:
    """The beginning of a plain file; nothing where it is none: a pipe would be waited for."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return ""
    try:
        plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        data = os.read(descriptor, size) if plain else b""
    except OSError:
        return ""
    finally:
        os.close(descriptor)
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


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
            if not file.name.startswith("_index."):
                found.setdefault(name, _text_of(file))
            elif "cascade" in (head := _text_of(file, _FENCED)).lower():  # Hugo's: few sections say so
                found.setdefault(name, head)
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
        folders[:] = [name for name in folders if name[0] != "." and name not in _GENERATORS_OWN]
        yield from (Path(place, name) for name in fnmatch.filter(names, pattern))
