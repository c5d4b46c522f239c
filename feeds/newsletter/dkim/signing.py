"""Messages become signed messages, with a signature for each key.

A skeleton is brought into canonical form once, with marks for its holes; so a reader costs the hash of
the body behind its first hole, and the signature. Equal bytes get equal signatures: the time that a
signature names is the message's own Date, and both algorithms are deterministic.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

from feeds.model.issue import Skeleton
from feeds.model.noun import dataclass
from feeds.newsletter.dkim.canonical import (
    relaxed_body,
    relaxed_field,
    signed_fields,
    signed_names,
    split_message,
)
from feeds.newsletter.message import Plate, Splice

if TYPE_CHECKING:
    from hashlib import _Hash

    from feeds.newsletter.dkim.keys import Key

_WIDTH = 76
_MARK = re.compile(rb"\x00(\d+)\x00")  # no message has a NUL
_BLANK = re.compile(rb"[ \t]")


class DkimSigner:
    """Signs with these keys, one signature each."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = tuple(keys)

    def sign(self, message: bytes) -> bytes:
        """The message with its signatures before it. Raises ValueError without a From or a Date."""
        fields, body = split_message(message)
        outline = self._outline(fields)
        return outline.signatures(outline.fields, sha256(relaxed_body(body)).digest()) + message

    def cut(self, skeleton: Skeleton) -> Splice:
        """What makes one reader's message, as ``message.Plate`` does, and signs it."""
        plate = Plate(skeleton)
        stencil = self._stencil(plate, len(skeleton.holes))

        def splice(values: Mapping[str, str]) -> bytes:
            filled = plate.fill(values)
            message = plate.join(filled)
            if stencil is None or not all(map(_is_solid, filled)):
                return self.sign(message)
            return stencil.signatures(filled) + message

        return splice

    def _outline(self, fields: Sequence[bytes]) -> _Outline:
        names = signed_names(fields)
        begun = _date(fields)
        return _Outline(
            signed_fields(fields, names), tuple(_Unsigned.begin(key, names, begun) for key in self._keys)
        )

    def _stencil(self, plate: Plate, holes: int) -> _Stencil | None:
        """None where a hole ends the body: of what fills it, empty lines at its end would not be signed."""
        fields, body = split_message(plate.join([b"\x00%d\x00" % index for index in range(holes)]))
        outline, canonical = self._outline(fields), relaxed_body(body)
        beginning, *rest = _pieces(canonical)
        if rest and rest[-1] == b"\r\n":
            return None
        assert isinstance(beginning, bytes)
        return _Stencil(outline, _pieces(outline.fields), sha256(beginning), rest)


@dataclass(frozen=True, slots=True)
class _Unsigned:
    """The signature field of a key, as far as it is known before the message is."""

    key: Key
    wire: bytes
    """Up to the value of ``bh=``."""
    relaxed: bytes

    @classmethod
    def begin(cls, key: Key, names: Iterable[bytes], timestamp: int) -> _Unsigned:
        tags = (
            "v=1;",
            f"a={key.algorithm};",
            "c=relaxed/relaxed;",
            f"d={key.domain};",
            f"s={key.selector};",
            f"t={timestamp};",
        )
        listed = [f"{name.decode('ascii')}:" for name in names]
        listed[-1] = f"{listed[-1][:-1]};"
        words = [*(f" {tag}" for tag in tags), " h=", *listed]
        wire = _folded("DKIM-Signature:", words) + b"\r\n bh="
        return cls(key, wire, relaxed_field(wire))

    def field(self, fields: bytes, body_hash: bytes) -> bytes:
        """The whole field, of a message whose fields are these."""
        signature = self.key.sign(b"".join((fields, self.relaxed, body_hash, b"; b=")))
        return self.wire + body_hash + b";" + _signature_lines(b64encode(signature))


@dataclass(frozen=True, slots=True)
class _Outline:
    """What is signed of a header: its fields in canonical form, and a field for each key."""

    fields: bytes
    unsigned: tuple[_Unsigned, ...]

    def signatures(self, fields: bytes, digest: bytes) -> bytes:
        body_hash = b64encode(digest)
        return b"".join(one.field(fields, body_hash) for one in self.unsigned)


@dataclass(frozen=True, slots=True)
class _Stencil:
    """A skeleton in canonical form: in its lists, a hole is the number that it has in the skeleton."""

    outline: _Outline
    fields: list[bytes | int]
    beginning: _Hash
    """Of what stands before the body's first hole."""
    rest: list[bytes | int]

    def signatures(self, filled: Sequence[bytes]) -> bytes:
        """The signature fields of the message that has these bytes in its holes."""
        body = self.beginning.copy()
        for piece in self.rest:
            body.update(filled[piece] if isinstance(piece, int) else piece)
        fields = b"".join([filled[piece] if isinstance(piece, int) else piece for piece in self.fields])
        return self.outline.signatures(fields, body.digest())


def _pieces(canonical: bytes) -> list[bytes | int]:
    """The bytes between marks, and the numbers of these."""
    pieces = _MARK.split(canonical)
    return [int(piece) if index % 2 else piece for index, piece in enumerate(pieces)]


def _is_solid(filling: bytes) -> bool:
    """True where a filling is its own canonical form and changes nothing about its neighbours'."""
    return bool(filling) and not filling.startswith(b"\r\n") and not _BLANK.search(filling)


def _date(fields: Iterable[bytes]) -> int:
    """Seconds since 1970 of the field Date."""
    for field in fields:
        name, _, value = field.partition(b":")
        if name.lower() == b"date":
            return int(parsedate_to_datetime(value.decode("ascii").strip()).timestamp())
    raise ValueError("a message without Date cannot be signed")


def _folded(name: str, words: Iterable[str]) -> bytes:
    """A field in lines of 76 columns where the words allow it."""
    lines = [name]
    for word in words:
        if len(lines[-1]) + len(word) <= _WIDTH:
            lines[-1] += word
        else:
            lines.append(f" {word.lstrip()}")
    return "\r\n".join(lines).encode("ascii")


def _signature_lines(signature: bytes) -> bytes:
    """``b=`` with its value, folded as RFC 6376 §3.2 lets base64 be, and the end of the field."""
    room = _WIDTH - len(" b=")
    first, rest = signature[:room], signature[room:]
    lines = (rest[at : at + _WIDTH - 1] for at in range(0, len(rest), _WIDTH - 1))
    return b"".join(chain((b"\r\n b=", first), (b"\r\n " + line for line in lines), (b"\r\n",)))
