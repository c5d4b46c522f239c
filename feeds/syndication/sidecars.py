"""Compressed files beside documents, for web servers that send such files as they stand.

A sidecar holds what its document holds, at every moment: before a document changes its sidecars go, and
they come back after it. Whoever dies in between leaves a document without them, and never a web server
that sends an older text to those who take gzip. It has its document's time, so that both have one
Last-Modified.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from feeds.errors import PublishError
from feeds.model.noun import dataclass
from feeds.syndication.compression import SUFFIXES, compressed, plain
from feeds.syndication.durable import Time, write_file
from feeds.syndication.ownership import Written, entity_tag, is_as_recorded, make_way, status_of


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of a sidecar."""

    content: str
    """Entity tag of the document that it holds."""
    file: Written | None
    """The file as it was written; None where nobody knows whether it was."""


def sidecar_path(document: str, coding: str) -> str:
    """Where the document in this coding lies, relative to the public folder."""
    return document + SUFFIXES[coding]


def remove(public: Path, path: str, record: Record) -> None:
    """Removes a sidecar, if what stands there is ours; raises PublishError where that cannot be done."""
    target = public / path
    status = status_of(target)
    try:
        if status is not None and _is_ours(target, status, record):
            target.unlink()
    except OSError as error:
        raise PublishError(f"{target}: cannot be removed: {error.strerror}") from error


def remove_older(public: Path, document: str, older: Collection[str]) -> None:
    """Removes the sidecars that hold one of these contents; raises PublishError where that cannot be done."""
    for coding in SUFFIXES:
        target = public / sidecar_path(document, coding)
        try:
            status = status_of(target)
            if status is not None and stat.S_ISREG(status.st_mode):
                text = plain(target.read_bytes(), coding)
                if text is not None and entity_tag(text) in older:
                    target.unlink()
        except OSError as error:
            raise PublishError(f"{target}: cannot be removed: {error.strerror}") from error


def write(
    public: Path, document: Written, coding: str, record: Record | None, *, replace: bool
) -> Written | None:
    """Writes the document in this coding beside it; None where the document is not what is known of it.

    Raises ForeignFile where a file that we did not write stands there (unless ``replace``, which keeps a
    copy), or PublishError.
    """
    target = public / sidecar_path(document.path, coding)
    try:
        body = (public / document.path).read_bytes()
        if entity_tag(body) != document.etag:
            return None
        made = compressed(body, coding)
        status = status_of(target)
        if status is not None and not _holds(target, status, made, record):
            make_way(target, status, replace=replace)
        written = write_file(target, made, Time(exact_ns=document.mtime_ns))
    except OSError as error:
        raise PublishError(f"{target}: cannot be written: {error.strerror}") from error
    path = sidecar_path(document.path, coding)
    return Written(path, written.st_size, written.st_mtime_ns, entity_tag(made))


def _holds(target: Path, status: os.stat_result, made: bytes, record: Record | None) -> bool:
    """True where the file is ours, or has the very bytes that are to be written."""
    if record is not None and _is_ours(target, status, record):
        return True
    return stat.S_ISREG(status.st_mode) and status.st_size == len(made) and target.read_bytes() == made


def _is_ours(target: Path, status: os.stat_result, record: Record) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if record.file is not None and is_as_recorded(status, record.file):
        return True
    body = target.read_bytes()
    if record.file is not None and entity_tag(body) == record.file.etag:
        return True
    coding = next(coding for coding, suffix in SUFFIXES.items() if target.name.endswith(suffix))
    text = plain(body, coding)
    return text is not None and entity_tag(text) == record.content
