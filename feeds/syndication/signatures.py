"""What the first bytes of a file say: its media type, and how many pixels a picture has.

Files are somebody else's and may say anything: whatever makes no sense is unknown, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable

HEAD = 512
"""Bytes that ``type_of`` wants to see."""

_LARGEST = 1 << 20
"""Pixels of a side; a picture that claims more is taken for a joke."""

_SEGMENTS = 512
"""Of a JPEG file, before its size is given up for."""

_BY_NAME = {
    "aac": "audio/aac",
    "avif": "image/avif",
    "epub": "application/epub+zip",
    "flac": "audio/flac",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "zip": "application/zip",
}
_SVG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\s.*?|<!--.*?|<!DOCTYPE svg.*?)?<svg[\s>]", re.DOTALL)
_BY_BYTES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "image/avif"),
    (re.compile(rb"....ftypM4[AB] ", re.DOTALL), "audio/mp4"),
    (re.compile(rb"....ftypqt  ", re.DOTALL), "video/quicktime"),
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"ID3[\x02-\x04]"), "audio/mpeg"),
    (re.compile(rb"fLaC"), "audio/flac"),
    (_SVG, "image/svg+xml"),
)
_CONTAINERS = (
    (re.compile(rb"....ftyp", re.DOTALL), ("audio/mp4", "video/mp4"), "video/mp4"),
    (re.compile(rb"OggS"), ("audio/ogg", "video/ogg"), "audio/ogg"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), ("video/webm",), "video/webm"),
    (re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"), ("audio/mpeg",), "audio/mpeg"),
)
"""What a beginning admits, by the name of the file, and what it is otherwise."""

Read = Callable[[int, int], bytes]
"""Offset and number of bytes; fewer come back at the end of the file."""


def type_by_name(name: str) -> str:
    """The media type that the end of this file name stands for, or empty."""
    return _BY_NAME.get(name.rpartition(".")[2].lower(), "")


def type_of(name: str, head: bytes) -> str:
    """The media type of a file that begins so; its name decides where the bytes admit several, or none."""
    named = type_by_name(name)
    for pattern, kind in _BY_BYTES:
        if pattern.match(head):
            return kind
    for pattern, admitted, otherwise in _CONTAINERS:
        if pattern.match(head):
            return named if named in admitted else otherwise
    return named


def pixels(kind: str, read: Read) -> tuple[int, int]:
    """Width and height of a picture of this media type; 0, 0 where they cannot be told."""
    measure = _PIXELS.get(kind)
    width, height = (0, 0) if measure is None else measure(read)
    return (width, height) if 0 < width <= _LARGEST and 0 < height <= _LARGEST else (0, 0)


def _png(read: Read) -> tuple[int, int]:
    head = read(0, 24)  # https://www.w3.org/TR/png/#11IHDR
    return (_big(head[16:20]), _big(head[20:24])) if head[12:16] == b"IHDR" else (0, 0)


def _gif(read: Read) -> tuple[int, int]:
    head = read(0, 10)
    return _little(head[6:8]), _little(head[8:10])


def _webp(read: Read) -> tuple[int, int]:
    head = read(0, 30)  # RFC 9649 §2
    match head[12:16]:
        case b"VP8X":
            return _little(head[24:27]) + 1, _little(head[27:30]) + 1
        case b"VP8L" if head[20:21] == b"\x2f":
            bits = _little(head[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":
            return _little(head[26:28]) & 0x3FFF, _little(head[28:30]) & 0x3FFF
    return 0, 0


def _jpeg(read: Read) -> tuple[int, int]:
    """From the start of frame, passing over segments such as a camera's notes without reading them."""
    offset = 2
    for _ in range(_SEGMENTS):
        head = read(offset, 9)
        if len(head) < 9 or head[0] != 0xFF:
            break
        marker = head[1]
        if marker in _FRAMES:
            return _big(head[7:9]), _big(head[5:7])  # ITU T.81 §B.2.2: height stands first
        if marker == 0xFF:  # a fill byte
            offset += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:  # these have no length
            offset += 2
        else:
            offset += 2 + max(_big(head[2:4]), 2)
    return 0, 0


def _avif(read: Read) -> tuple[int, int]:
    """The largest of the extents that the file names: the others are of thumbnails and of tiles."""
    head = read(0, 4096)
    places = [found.end() for found in re.finditer(b"ispe", head)]  # ISO/IEC 23008-12 §6.5.3
    sizes = [(_big(head[at + 4 : at + 8]), _big(head[at + 8 : at + 12])) for at in places]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


_PIXELS = {
    "image/avif": _avif,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _big(number: bytes) -> int:
    return int.from_bytes(number, "big")


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
