"""What is judged, and what a judge says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from feeds.model.feed import Format


@dataclass(frozen=True, slots=True)
class Served:
    """A document on disk and the address where the daemon serves it."""

    name: str
    """Its path inside the feeds folder."""
    url: str
    file: Path
    form: Format

    @property
    def feed(self) -> str:
        """The name that the documents of one feed share."""
        return self.name.removesuffix(self.form.suffix)

    @property
    def body(self) -> bytes:
        return self.file.read_bytes()


def served_file(folder: Path, file: Path, url: str = "") -> Served | None:
    """The file as a document of the feeds folder, served below ``url`` or not at all; None if it is none."""
    form = next((form for form in Format if file.name.endswith(form.suffix)), None)
    if form is None or file.name.startswith("."):
        return None
    name = file.relative_to(folder).as_posix()
    return Served(name, f"{url}/{quote(name)}" if url else str(file), file, form)


class Seen(NamedTuple):
    """An entry, as whoever read the document sees it; nothing is an empty text."""

    id: str
    link: str
    title: str
    date: int
    """Of publication, in seconds since 1970; 0 where there is none."""
    enclosure: str
    """The address of the first one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a judge says of one document."""

    complaints: tuple[str, ...] = ()
    entries: tuple[Seen, ...] | None = None
    """None for a judge that tells no entries."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A program that nobody here wrote."""

    name: str
    forms: frozenset[Format]
    """The formats that it knows."""
    read: Callable[[Sequence[Served]], dict[str, Reading]] = field(repr=False)
    """Documents → URL → reading."""
    skipped: str = ""
    """Why it is not here."""


def failed(error: object) -> Reading:
    """The reading of a judge that could not read the document at all."""
    return Reading((f"cannot be read: {error}",), ())
