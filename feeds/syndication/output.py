"""Documents become files: whole or not at all, and over nothing that is not ours.

The only module of the stage that writes documents; ``ownership`` tells which files are ours, and ``durable``
brings bytes to the disk.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from feeds.errors import PublishError
from feeds.model.feed import Document
from feeds.model.noun import dataclass
from feeds.syndication.durable import SECOND, Time, write_beside, write_file
from feeds.syndication.ownership import Written, entity_tag, make_way, status_of, tag_of


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


def write_draft(public: Path, document: Document, known: Written | None, *, process: int = 0) -> Draft:
    """Writes the document beside its place, unless the file that stands there is the same. Raises nothing.

    Nothing that anybody sees changes. ``process`` is the one that will publish it, if that is another.
    """
    etag = entity_tag(document.body)
    draft = Draft(document.path, etag)
    try:
        target = public / _checked(document.path, public)
        standing = status_of(target)
        if standing is not None and tag_of(target, standing, known) == etag:
            return draft
        _make_folder(target.parent, public)
        time = _time(etag, standing, known)
        temporary, status = write_beside(target, document.body, time, process or os.getpid())
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
        standing = status_of(target)
        if standing is not None:
            found = tag_of(target, standing, known)
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


def _identity(status: os.stat_result | None) -> tuple[int, ...] | None:
    return None if status is None else (status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode)


def _time(etag: str, standing: os.stat_result | None, known: Written | None) -> Time:
    """The time of a document, by what stands in its place and what is known of it."""
    if known is not None and known.etag == etag and (standing is None or _later(known, standing)):
        return Time(exact_ns=known.mtime_ns)
    before = [one.st_mtime_ns for one in (standing,) if one] + ([known.mtime_ns] if known else [])
    return Time(after_ns=max(before, default=None))


def _later(known: Written, standing: os.stat_result) -> bool:
    """Whether it was written in a later second."""
    return standing.st_mtime_ns // SECOND < known.mtime_ns // SECOND


def _make_folder(folder: Path, public: Path) -> None:
    """Makes the folder, unless a link on the way to it leads out of the public folder."""
    if not folder.resolve().is_relative_to(public.resolve()):
        raise PublishError(f"{folder}: a link leads out of {public}; nothing is written there")
    folder.mkdir(parents=True, exist_ok=True)


def _checked(path: str, public: Path) -> str:
    if "\0" in path or any(part in ("", ".", "..") for part in path.split("/")):
        raise PublishError(f"{path!r} is no path inside {public}; give the category another path or slug")
    return path


def _unwritable(target: Path, error: Exception) -> PublishError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return PublishError(f"{target}: cannot be written: {reason}; what stood there is unchanged")
