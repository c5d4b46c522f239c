"""Keys for DKIM: made into files, and what is odd about them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from feeds.errors import UsageError

if TYPE_CHECKING:
    from feeds.newsletter.dkim.keys import Key, Kind


def make_key(file: Path, kind: Kind) -> str:
    """Writes a new key that only its owner may read; returns its text.

    Raises UsageError where there is a file of this name.
    """
    from feeds.newsletter.dkim.keys import new_key

    text = new_key(kind)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{file}: there is a file of this name; name another, as keys are kept") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    return text


def selector_for(file: Path) -> str:
    """A selector that is like the file's name."""
    return re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")[:63].strip("-") or "kawaraban"


def remarks(key: Key, file: Path | None, sender_domain: str) -> Iterator[str]:
    """What is odd about a key that can be used."""
    from feeds.newsletter.dkim.keys import LONGEST, USUAL

    name = f"key {key.selector!r}"
    if not _aligned(key.domain, sender_domain):
        yield (
            f"{name} signs for {key.domain}, and mail comes from {sender_domain}: DMARC does not count that; "
            "leave `domain` out"
        )
    if key.kind == "rsa" and key.bits < USUAL:
        yield f"{name} has {key.bits} bits; {USUAL} are usual, and some receivers take no fewer"
    if key.kind == "rsa" and key.bits > LONGEST:
        yield f"{name} has {key.bits} bits, more than receivers have to take; {USUAL} are usual"
    if file is not None and file.stat().st_mode & 0o077:
        yield f"other users may read {file}; chmod 600 it"


def remarks_on_all(keys: Sequence[Key]) -> Iterator[str]:
    """What is odd about the keys together."""
    if keys and all(key.kind == "ed25519" for key in keys):
        yield "few receivers know Ed25519; add a key of the kind RSA, so that each mail has both signatures"


def _aligned(domain: str, sender_domain: str) -> bool:
    """Whether one is the other or lies below it: DMARC's relaxed alignment, as far as names alone show it."""
    shorter, longer = sorted((domain, sender_domain), key=len)
    return longer == shorter or longer.endswith(f".{shorter}")
