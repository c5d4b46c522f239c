"""Documents become files: whole or not at all, and over nothing that is not ours.

The only module of the stage that writes. A file counts as ours while it holds the bytes that its
record in the store names; whatever else stands at a document's path was put there by somebody.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import get_native_id
from typing import NamedTuple

from feeds.errors import ForeignFile, PublishError
from feeds.model.feed import Document
from feeds.model.noun import dataclass

KEPT = ".before-kawaraban"
"""What is added to the name of a file whose place a document took."""

_SECOND = 1_000_000_000

_STEPS = 60
"""Seconds. A file's time that is further ahead of the clock is no step of ours: a clock was wrong."""

_TEMPORARY = re.compile(r"\.kawaraban-(\d+)(?:-\d+)*\.tmp")
_numbers = count()
"""One for each temporary file of this process."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file as a publication left it."""

    path: str
    """Relative to the public folder, with forward slashes."""
    size: int
    mtime_ns: int
    etag: str
    """``entity_tag`` of its bytes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A document in a file beside its place, durable, for ``publish`` to put there."""

    path: str
    """Of the document, relative to the public folder."""
    etag: str
    temporary: Path | None = None
    """None where its bytes stand in the place already, or could not be written."""
    status: os.stat_result | None = None
    stood: os.stat_result | None = None
    """What was in the place when it was written."""
    trouble: PublishError | None = None
    """Why nothing could be written."""

    def discard(self) -> None:
        """Removes the file, if it was not put into its place."""
        if self.temporary is not None:
            self.temporary.unlink(missing_ok=True)


def _identity(status: os.stat_result | None) -> tuple[int, ...] | None:
    return None if status is None else (status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode)


def entity_tag(body: bytes) -> str:
    """The strong entity tag of these bytes, with its quotes (RFC 9110 §8.8.3)."""
    return tag_of_digest(hashlib.sha256(body).hexdigest())


def untouched(public: Path, known: Written) -> bool:
    """True while the file is the one that the record describes, by size and time of change."""
    try:
        return _matches((public / known.path).lstat(), known)
    except OSError:
        return False


def write_draft(public: Path, document: Document, known: Written | None, *, process: int = 0) -> Draft:
    """Writes the document beside its place, unless the file that stands there is the same. Raises nothing.

    Nothing that anybody sees changes. ``process`` is the one that will publish it, if that is another.
    """
    etag = entity_tag(document.body)
    draft = Draft(document.path, etag)
    try:
        target = public / _checked(document.path, public)
        standing = _lstat(target)
        if standing is not None and _tag_of(target, standing, known) == etag:
            return draft
        _make_folder(target.parent, public)
        time = _time(etag, standing, known)
        temporary, status = _write_beside(target, document.body, time, process or os.getpid())
    except (OSError, UnicodeError) as error:
        return replace(draft, trouble=_unwritable(public / document.path, error))
    except PublishError as error:
        return replace(draft, trouble=error)
    return replace(draft, temporary=temporary, status=status, stood=standing)


def publish(
    public: Path,
    document: Document | Draft,
    known: Written | None,
    *,
    replace: bool,
    intended: Collection[str] = (),
) -> tuple[Written, bool]:
    """Puts the document in its place; returns its record, and whether the file had to be written.

    ``known`` is the record of the last publication. ``intended`` holds further entity tags by which a file
    is ours: another run wrote it, or was killed before it could keep its record.
    With ``replace``, a file that is not ours is kept as ``NAME.before-kawaraban`` and replaced.

    A file that takes another's place gets a later time: of a later second, as that is what web servers
    send as Last-Modified. So two contents of a document never share one. What is known to have been
    written elsewhere (``known`` has these bytes) gets the time that it has there.

    The file's content is durable on return, its name only after ``sync``.

    Raises ForeignFile, or PublishError where nothing can be written; the old file is whole then.
    """
    target = public / _checked(document.path, public)
    draft = document if isinstance(document, Draft) else write_draft(public, document, known)
    try:
        standing = _lstat(target)
        if standing is not None:
            found = _tag_of(target, standing, known)
            if found == draft.etag:
                return Written(draft.path, standing.st_size, standing.st_mtime_ns, draft.etag), False
            if found is None or (found not in intended and (known is None or found != known.etag)):
                make_way(target, standing, replace=replace)
        _make_folder(target.parent, public)
        status = _put(draft, target, standing, known)
    except (OSError, UnicodeError) as error:
        raise _unwritable(target, error) from error
    finally:
        draft.discard()
    return Written(draft.path, status.st_size, status.st_mtime_ns, draft.etag), True


def _put(
    draft: Draft, target: Path, standing: os.stat_result | None, known: Written | None
) -> os.stat_result:
    """Renames the draft; where something else has come to stand in its place, its bytes are written anew."""
    if draft.temporary is None or draft.status is None:
        raise draft.trouble or PublishError(f"{target}: it was changed just now; publish once more")
    if _identity(standing) != _identity(draft.stood):
        return write_file(target, draft.temporary.read_bytes(), _time(draft.etag, standing, known))
    draft.temporary.replace(target)
    return draft.status


def _unwritable(target: Path, error: Exception) -> PublishError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return PublishError(f"{target}: cannot be written: {reason}; what stood there is unchanged")


def _time(etag: str, standing: os.stat_result | None, known: Written | None) -> Time:
    """The time of a document, by what stands in its place and what is known of it."""
    if known is not None and known.etag == etag and (standing is None or _later(known, standing)):
        return Time(exact_ns=known.mtime_ns)
    before = [one.st_mtime_ns for one in (standing,) if one] + ([known.mtime_ns] if known else [])
    return Time(after_ns=max(before, default=None))


def sync(public: Path, paths: Iterable[str]) -> None:
    """Makes the names of the files at these paths durable: once for each folder, at the end of a run.

    The records of a run may be kept only after this: else a power cut can leave an old file with a
    new record, and the file would pass for somebody else's. Also removes what killed runs left.
    """
    for folder in sorted({(public / path).parent for path in paths}):
        try:
            _sweep(folder)
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise PublishError(f"{folder}: cannot be made durable: {error.strerror}") from error


def _checked(path: str, public: Path) -> str:
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise PublishError(f"{path!r} is no path inside {public}; give the category another path or slug")
    return path


def _lstat(target: Path) -> os.stat_result | None:
    try:
        return target.lstat()
    except FileNotFoundError:
        return None


def _matches(status: os.stat_result, known: Written) -> bool:
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (
        known.size,
        known.mtime_ns,
    )


def tag_of_digest(digest: str) -> str:
    """The strong entity tag of the bytes with this SHA-256, in hexadecimal."""
    return f'"{digest[:32]}"'


def _tag_of(target: Path, status: os.stat_result, known: Written | None) -> str | None:
    """The entity tag of what stands there, read only if the record cannot tell; None for no plain file."""
    if not stat.S_ISREG(status.st_mode):
        return None
    if known is not None and _matches(status, known):
        return known.etag
    with target.open("rb") as file:
        return tag_of_digest(hashlib.file_digest(file, "sha256").hexdigest())


def make_way(target: Path, status: os.stat_result, *, replace: bool) -> None:
    """Keeps a copy of a file that is not ours, if its place may be taken; a link is copied as a link."""
    if stat.S_ISDIR(status.st_mode):
        raise PublishError(f"{target}: a folder stands where a feed should go; move it out of the way")
    if not replace:
        raise ForeignFile(
            f"{target}: this file was not written by kawaraban, or was changed since; move it out of the "
            f"way, or let `kawaraban build --replace` take its place and keep a copy as {target.name}{KEPT}"
        )
    kept = _free_name(target)
    try:
        os.link(target, kept, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(target, kept, follow_symlinks=False)


def _free_name(target: Path) -> Path:
    """The first name for a copy that is not taken: an earlier copy is somebody's file as well."""
    kept, number = target.with_name(target.name + KEPT), 1
    while os.path.lexists(kept):
        number += 1
        kept = target.with_name(f"{target.name}{KEPT}-{number}")
    return kept


def _later(known: Written, standing: os.stat_result) -> bool:
    """Whether it was written in a later second."""
    return standing.st_mtime_ns // _SECOND < known.mtime_ns // _SECOND


def _make_folder(folder: Path, public: Path) -> None:
    """Makes the folder, unless a link on the way to it leads out of the public folder."""
    if not folder.resolve().is_relative_to(public.resolve()):
        raise PublishError(f"{folder}: a link leads out of {public}; nothing is written there")
    folder.mkdir(parents=True, exist_ok=True)


class Time(NamedTuple):
    """The time that a file is to have."""

    after_ns: int | None = None
    """It is a second later than this at least."""
    exact_ns: int | None = None


def write_file(target: Path, body: bytes, time: Time) -> os.stat_result:
    """Writes beside the target and renames, so that readers see the old file or the new one."""
    temporary, status = _write_beside(target, body, time, os.getpid())
    try:
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return status


def _write_beside(target: Path, body: bytes, time: Time, process: int) -> tuple[Path, os.stat_result]:
    """The file, named so that it stays while the process runs, and what it is."""
    temporary = target.with_name(f".kawaraban-{process}-{get_native_id()}-{next(_numbers)}.tmp")
    temporary.unlink(missing_ok=True)  # of a killed run that had our process id
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(body)
            file.flush()
            os.fchmod(descriptor, 0o644)  # web servers read it, whatever our umask
            if time.after_ns is not None:
                _step(descriptor, time.after_ns)
            if time.exact_ns is not None:
                os.utime(descriptor, ns=(time.exact_ns, time.exact_ns))
            os.fsync(descriptor)
            return temporary, os.fstat(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _step(descriptor: int, after_ns: int) -> None:
    """Gives the file a time in a later second, if it was not written in one.

    Documents that change more than once within a second run ahead of the clock by a second each time. The
    fraction stays, so that nodes that do so each in a folder of its own do not arrive at one time.
    """
    written = os.fstat(descriptor).st_mtime_ns
    now, last = written // _SECOND, after_ns // _SECOND
    if now <= last <= now + _STEPS:
        later = (last + 1) * _SECOND + written % _SECOND
        os.utime(descriptor, ns=(later, later))


def _sweep(folder: Path) -> None:
    with os.scandir(folder) as files:
        left = [f.path for f in files if (m := _TEMPORARY.fullmatch(f.name)) and not _runs(int(m[1]))]
    for path in left:
        Path(path).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
