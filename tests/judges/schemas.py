"""The schemas of RSS 2.0, RFC 4287 and JSON Feed 1.1."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from feeds.model.feed import Format
from tests.judges.documents import Judge, Reading, Served
from tests.syndication.sample import Judges


def schemas(known: Judges | Path) -> Judge:
    """These schemas, or those that lie in this folder, as one judge."""
    if isinstance(known, Path):
        if not known.is_dir():
            return Judge("schemas", frozenset(Format), lambda _: {}, f"{known} is not there")
        known = Judges(known)
    return Judge("schemas", frozenset(Format), partial(_read, known))


def _read(known: Judges, documents: Sequence[Served]) -> dict[str, Reading]:
    return {each.url: Reading(_complaints(known, each)) for each in documents}


def _complaints(known: Judges, document: Served) -> tuple[str, ...]:
    body = document.body
    if document.form is Format.RSS and b"<item>" not in body:
        return ()  # the XSD asks for an item, RSS 2.0 does not
    return tuple(known.complaints(body, document.form))
