"""How long a recording plays, as its own headers say; nothing is decoded.

Files are somebody else's and may say anything: whatever makes no sense is unknown, and nothing raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from feeds.syndication.signatures import Read

_LONGEST = 10 * 24 * 3600
"""Seconds; a recording that claims more is taken for a joke."""

_PARTS = 200
"""Boxes or chunks of a file that are looked at."""

_TAIL = 32 * 1024
"""Bytes at the end of an Ogg file in which its last page begins."""


def seconds(kind: str, read: Read, size: int) -> int:
    """Whole seconds that a file of this media type and size plays; 0 where they cannot be told."""
    match kind:
        case "audio/mp4" | "video/mp4" | "video/quicktime":
            found = _mp4(read, size)
        case "audio/mpeg":
            found = _mp3(read, size)
        case "audio/wav":
            found = _wav(read)
        case "audio/flac":
            found = _flac(read)
        case "audio/ogg":
            found = _ogg(read, size)
        case _:
            return 0
    return round(found) if 0 < found <= _LONGEST else 0


# MP4: boxes in boxes (ISO/IEC 14496-12 §4.2) ------------------------------------------------------


def _mp4(read: Read, size: int) -> float:
    for name, begin, end in _boxes(read, 0, size):
        if name == b"moov":
            for inner, start, _ in _boxes(read, begin, end):
                if inner == b"mvhd":
                    return _movie(read(start, 32))
    return 0


def _boxes(read: Read, offset: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte of the content, and end of each box."""
    for _ in range(_PARTS):
        head = read(offset, 16)
        if len(head) < 8 or offset >= end:
            return
        length, begin = _big(head[:4]), offset + 8
        if length == 1:
            length, begin = _big(head[8:16]), offset + 16
        elif length == 0:
            length = end - offset
        if length < begin - offset:
            return
        yield head[4:8], begin, min(offset + length, end)
        offset += length


def _movie(head: bytes) -> float:
    if head[:1] == b"\1":
        return _quotient(_big(head[24:32]), _big(head[20:24]))
    return _quotient(_big(head[16:20]), _big(head[12:16]))


# MP3: frames, the first of which may count them ---------------------------------------------------


class _Frame(NamedTuple):
    bits: int
    """A second."""
    rate: int
    """Samples a second."""
    samples: int
    length: int
    notes: int
    """Where in the frame a Xing header would stand."""


_NO_FRAME = _Frame(0, 0, 0, 0, 0)
_BITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3(read: Read, size: int) -> float:
    offset = _after_tag(read(0, 10))
    beginning = read(offset, 4096)
    skip = next((at for at in range(len(beginning) - 3) if _frame(beginning[at : at + 4])), None)
    if skip is None:
        return 0
    offset += skip
    frame = _frame(beginning[skip : skip + 4])
    assert frame is not None
    head = read(offset, 60)
    if frames := _counted(head, frame.notes):
        return _quotient(frames * frame.samples, frame.rate)
    # Without a count, the size tells if the bits of a second are the same from frame to frame.
    place, following = offset, frame
    for _ in range(3):
        place += following.length
        following = _frame(read(place, 4)) or _NO_FRAME
        if (following.bits, following.rate) != (frame.bits, frame.rate):
            return 0
    return _quotient((size - offset) * 8, frame.bits)


def _after_tag(head: bytes) -> int:
    """Where an ID3v2 tag ends; its size has seven bits a byte."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return size + (20 if head[5] & 0x10 else 10)


def _frame(head: bytes) -> _Frame | None:
    """The frame of layer III that begins so."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, index, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or not 0 < index < 15 or rate == 3:
        return None
    first, mono = version == 3, head[3] >> 6 == 3
    bits = (_BITS_1 if first else _BITS_2)[index] * 1000
    samples = 1152 if first else 576
    rates = _RATES[version][rate]
    length = samples // 8 * bits // rates + (head[2] >> 1 & 1)
    notes = 4 + ((17 if mono else 32) if first else (9 if mono else 17))
    return _Frame(bits, rates, samples, length, notes)


def _counted(head: bytes, notes: int) -> int:
    """The number of frames that the first one tells, in one of the two ways that encoders have."""
    if head[notes : notes + 4] in (b"Xing", b"Info") and head[notes + 7 : notes + 8] and head[notes + 7] & 1:
        return _big(head[notes + 8 : notes + 12])
    return _big(head[50:54]) if head[36:40] == b"VBRI" else 0


# WAV, FLAC and Ogg --------------------------------------------------------------------------------


def _wav(read: Read) -> float:
    offset, bytes_a_second = 12, 0
    for _ in range(_PARTS):
        head = read(offset, 20)
        if len(head) < 8:
            break
        length = _little(head[4:8])
        if head[:4] == b"fmt ":
            bytes_a_second = _little(head[16:20])
        elif head[:4] == b"data":
            return _quotient(length, bytes_a_second)
        offset += 8 + length + length % 2
    return 0


def _flac(read: Read) -> float:
    numbers = _big(read(18, 8))  # RFC 9639 §8.2: rate in 20 bits, channels and depth, samples in 36 bits
    return _quotient(numbers & (1 << 36) - 1, numbers >> 44)


def _ogg(read: Read, size: int) -> float:
    head = read(0, 80)
    packet = head[27 + (head[26] if len(head) > 26 else 0) :]
    skipped = 0
    if packet[:8] == b"OpusHead":
        rate, skipped = 48000, _little(packet[10:12])  # RFC 7845 §4
    elif packet[:7] == b"\x01vorbis":
        rate = _little(packet[12:16])
    else:
        return 0
    tail = read(max(size - _TAIL, 0), _TAIL)
    last = tail.rfind(b"OggS")
    return _quotient(_little(tail[last + 6 : last + 14]) - skipped, rate) if last >= 0 else 0


def _quotient(whole: int, part: int) -> float:
    return whole / part if part else 0


def _big(number: bytes) -> int:
    return int.from_bytes(number, "big")


def _little(number: bytes) -> int:
    return int.from_bytes(number, "little")
