"""Messages: a skeleton that readers share, and the splice that makes it one reader's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import chain

from feeds.model.issue import Skeleton
from feeds.newsletter.encodings import Piece, cut_raw, encode_body, encode_values, filler
from feeds.newsletter.holes import Hole

Splice = Callable[[Mapping[str, str]], bytes]
"""Makes one reader's message of what fills the holes of an edition."""

Cut = Callable[[Skeleton], Splice]
"""Makes the splice of an edition: ``Plate``, or one that signs as well."""

Sign = Callable[[bytes], bytes]
"""Gives a whole message its signatures."""


def build_skeleton(fields: Iterable[bytes], text: str, html: str, holes: Iterable[Hole] = ()) -> Skeleton:
    """The multipart/alternative message of these header fields and bodies, cut at the marks of the holes.

    The boundary is made of the bodies: same input, same bytes.
    """
    holes = tuple(holes)
    digest = blake2b(f"{text}{html}".encode(), digest_size=16).hexdigest()
    boundary = f"=_{digest}"  # neither encoding can bring forth "=_"
    kind = f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode("ascii")
    return _skeleton(
        chain(
            cut_raw(b"".join(fields) + kind, holes),
            _part(boundary, "text/plain", text, holes),
            _part(boundary, "text/html", html, holes),
            [f"--{boundary}--\r\n".encode("ascii")],
        )
    )


class Plate:
    """A skeleton made ready for many readers: what its holes need is worked out here, once."""

    def __init__(self, skeleton: Skeleton) -> None:
        first, *others = skeleton.parts
        self._first = first
        self._others = others
        self._fillers = [
            filler(hole, whole_lines=not part.startswith(b"--"))
            for hole, part in zip(skeleton.holes, others, strict=True)
        ]

    def __call__(self, values: Mapping[str, str]) -> bytes:
        """One reader's message, as ``splice`` says."""
        return self.join(self.fill(values))

    def fill(self, values: Mapping[str, str]) -> list[bytes]:
        """What the holes become with these values, in order. Raises ValueError as ``splice``."""
        encoded = encode_values(values)
        return [fill(encoded) for fill in self._fillers]

    def join(self, filled: Iterable[bytes]) -> bytes:
        """The skeleton with these bytes in its holes."""
        following = zip(filled, self._others, strict=True)
        return b"".join([self._first, *chain.from_iterable(following)])


def splice(skeleton: Skeleton, values: Mapping[str, str]) -> bytes:
    """One reader's message: the skeleton with its holes filled, wire-ready.

    A value in a base64 body has to be as long as its mark was. Raises ValueError for one that is not,
    or that would break out of its field.
    """
    return Plate(skeleton)(values)


def unsigned(message: bytes) -> bytes:
    """The message as it is."""
    return message


def _part(boundary: str, media_type: str, text: str, holes: Iterable[Hole]) -> list[Piece]:
    encoding, pieces = encode_body(text, holes)
    head = (
        f"--{boundary}\r\nContent-Type: {media_type}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return [head.encode("ascii"), *pieces]


def _skeleton(pieces: Iterable[Piece]) -> Skeleton:
    """The pieces with neighbouring bytes joined, so that parts and holes alternate."""
    parts: list[bytes] = [b""]
    holes: list[str] = []
    for piece in pieces:
        if isinstance(piece, bytes):
            parts[-1] += piece
        else:
            holes.append(piece)
            parts.append(b"")
    return Skeleton(tuple(parts), tuple(holes))
