"""Bodies as they go over the wire: base64 or quoted-printable, with holes in them.

A body comes out as pieces: wire-ready bytes, and holes spelled as text for ``message.splice``:

``name``
    the value as it is (in header fields)
``quoted:name``
    the value in quoted-printable
``base64:LITERAL,name,LITERAL,…``
    some lines of base64 around the value; the literals are bytes, in base64 themselves
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import b2a_base64, b2a_qp
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter

from feeds.newsletter.holes import Hole

Piece = bytes | str
"""Wire bytes, or a hole spelled as text."""

Filler = Callable[[Mapping[str, bytes]], bytes]
"""What becomes of a hole, given the values as ``encode_values`` has them."""

_BLOCK, _LINE = 57, 76
"""So many bytes make one line of so many characters (RFC 2045 §6.8)."""

_DELICATE = re.compile(rb"(?<=\n)(?:\.|F(?=rom ))")
"""What must not begin a line: SMTP doubles a dot, and mbox files quote ``From `` (RFC 2049 §3)."""

_LITERAL = bytes(byte for byte in range(127) if byte != ord("="))
"""What quoted-printable leaves as it is, nearly always."""


def encode_body(text: str, holes: Iterable[Hole]) -> tuple[str, list[Piece]]:
    """The transfer encoding that makes the text shorter, and the pieces of the text in it.

    Japanese comes out as base64 and English as quoted-printable, which spam filters like better. Lines
    end in CRLF, the last one too.
    """
    data = _canonical(text).encode("utf-8")
    marks = {hole.mark.encode("ascii"): hole.name for hole in holes}
    escaped = len(data.translate(None, _LITERAL))
    if 2 * escaped < 0.35 * len(data):  # each costs two bytes more, and base64 a third of everything
        return "quoted-printable", list(_quoted(data, marks))
    return "base64", list(_base64(data, marks))


def cut_raw(data: bytes, holes: Iterable[Hole]) -> list[Piece]:
    """Header fields, cut at the marks."""
    marks = {hole.mark.encode("ascii"): hole.name for hole in holes}
    return [marks.get(piece, piece) for piece in _split(data, marks)]


def encode_values(values: Mapping[str, str]) -> dict[str, bytes]:
    """The values as a filler takes them. Raises ValueError for one that would break out of its field."""
    together = "".join(values.values())
    if not (together.isascii() and together.isprintable()):
        name = next(name for name, value in values.items() if not (value.isascii() and value.isprintable()))
        raise ValueError(f"{values[name]!r} cannot be put into a mail as {name}")
    return {name: value.encode("ascii") for name, value in values.items()}


def filler(hole: str, *, whole_lines: bool) -> Filler:
    """What fills a hole that is spelled so, made once for all readers.

    ``whole_lines``: base64 goes on behind the hole. Then the filler raises ValueError where the values are
    not as long as their marks were.
    """
    kind, colon, spelled = hole.partition(":")
    if not colon:
        return itemgetter(kind)
    if kind == "quoted":
        return lambda values: values[spelled].replace(b"=", b"=3D").replace(b".", b"=2E")
    first, *parts = spelled.split(",")
    start = b64decode(first)
    names, literals = parts[::2], tuple(map(b64decode, parts[1::2]))

    def fill(values: Mapping[str, bytes]) -> bytes:
        raw = start
        for name, literal in zip(names, literals, strict=True):
            raw += values[name] + literal
        if whole_lines and len(raw) % _BLOCK:
            raise ValueError(f"a value of {names} is not as long as its hole")
        return _base64_lines(raw)

    return fill


def _canonical(text: str) -> str:
    """The text with CRLF at each line end and at its own end, as RFC 2045 §6.8 wants it before encoding."""
    return "\r\n".join(text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")) + "\r\n"


def _split(data: bytes, marks: Mapping[bytes, str]) -> list[bytes]:
    """The data in turn: between marks, mark, between marks, …"""
    return re.split(b"(" + b"|".join(map(re.escape, marks)) + b")", data) if marks else [data]


def _base64(data: bytes, marks: Mapping[bytes, str]) -> Iterator[Piece]:
    done = 0
    for start, end in _regions(data, marks):
        yield _base64_lines(data[done:start])
        pieces = _split(data[start:end], marks)
        yield "base64:" + ",".join(
            marks[piece] if index % 2 else b64encode(piece).decode("ascii")
            for index, piece in enumerate(pieces)
        )
        done = end
    yield _base64_lines(data[done:])


def _regions(data: bytes, marks: Mapping[bytes, str]) -> list[tuple[int, int]]:
    """The spans of whole lines that have a mark in them; a mark over a line end makes one span of both."""
    regions: list[tuple[int, int]] = []
    if not marks:
        return regions
    for match in re.finditer(b"|".join(map(re.escape, marks)), data):
        start = match.start() // _BLOCK * _BLOCK
        end = min(-(-match.end() // _BLOCK) * _BLOCK, len(data))
        if regions and start < regions[-1][1]:
            start = regions.pop()[0]
        regions.append((start, end))
    return regions


def _base64_lines(data: bytes) -> bytes:
    encoded = b2a_base64(data, newline=False)
    return b"".join([encoded[at : at + _LINE] + b"\r\n" for at in range(0, len(encoded), _LINE)])


def _quoted(data: bytes, marks: Mapping[bytes, str]) -> Iterator[Piece]:
    """Each value stands on a line of its own, between soft line breaks (RFC 2045 §6.7 rule 5)."""
    pieces = _split(data, marks)
    for index, piece in enumerate(pieces):
        if index % 2:
            yield f"quoted:{marks[piece]}"
            continue
        if index and not piece.startswith(b"\r\n"):
            yield b"=\r\n"
        yield _quoted_lines(piece)
        if piece and not piece.endswith(b"\r\n"):
            yield b"=\r\n"


def _quoted_lines(data: bytes) -> bytes:
    encoded = b"\n" + b2a_qp(data.replace(b"\r\n", b"\n"))
    while _DELICATE.search(encoded):
        encoded = _DELICATE.sub(lambda match: b"=%02X=\n" % ord(match[0]), encoded)
    return encoded[1:].replace(b"\n", b"\r\n")
