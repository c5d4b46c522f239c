"""Holes: where a mail differs from reader to reader.

A template writes ``{{ hole.unsubscribe_url }}``. What it gets is a URL that ends in a *mark*, which is
exactly as long as the token that will take its place; so every offset in the finished mail is known
before any reader is, and a hole in a base64 body costs one or two lines.
Only the token is a hole: the URL before it is part of the edition, and a retry repeats it even if the
owner has moved the pages meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from feeds.model.noun import dataclass
from feeds.newsletter.tokens import Purpose, token_length

TO = "to"
MESSAGE_ID = "message_id"


@dataclass(frozen=True, slots=True)
class Hole:
    """A named value that is put in for each reader, and the mark that keeps its place until then."""

    name: str
    mark: str


def holes_for(content: object, purposes: Iterable[Purpose]) -> dict[str, Hole]:
    """The holes of a mail with this content, by name: recipient, Message-ID and a token for each purpose.

    Marks are made of a digest of the content, so that no content can hold its own mark.
    """
    seed = blake2b(repr(content).encode("utf-8", "backslashreplace"), digest_size=32).digest()
    widths = {TO: 32, MESSAGE_ID: 32} | {purpose.value: token_length(purpose) for purpose in purposes}
    return {name: Hole(name, _mark(seed, name, width)) for name, width in widths.items()}


def links(holes: Mapping[str, Hole], base_url: str) -> dict[str, str]:
    """What templates know as ``hole``: ``unsubscribe_url`` and so on, for the purposes among the holes."""
    return {
        f"{purpose}_url": f"{base_url}/{purpose}/{holes[purpose].mark}"
        for purpose in Purpose
        if purpose in holes
    }


def _mark(seed: bytes, name: str, width: int) -> str:
    return "x" + blake2b(name.encode("ascii"), digest_size=32, key=seed).hexdigest()[: width - 1]
