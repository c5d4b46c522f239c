"""How long recordings play, as their headers say."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.syndication.durations import seconds


def played(kind: str, body: bytes, size: int | None = None) -> int:
    return seconds(kind, lambda offset, length: body[offset : offset + length], size or len(body))


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(version: int) -> bytes:
    times = (
        struct.pack(">QQIQ", 0, 0, 600, 600 * 75) if version else struct.pack(">IIII", 0, 0, 600, 600 * 75)
    )
    movie = box(b"mvhd", bytes([version, 0, 0, 0]) + times + b"\0" * 80)
    sound = struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + b"sound"  # a box whose length has 64 bits
    return box(b"ftyp", b"M4A ") + sound + box(b"moov", box(b"free", b"") + movie)


FRAME = b"\xff\xfb\x90\x00"  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz: 417 bytes
TAG = b"ID3\x04\0\0\0\0\x01\x00" + b"\xff" * 128


def test_an_mp4_file_says_it_in_its_movie_header() -> None:
    assert [played("audio/mp4", mp4(version)) for version in (0, 1)] == [75, 75]


@pytest.mark.parametrize(
    "notes", [b"Xing" + struct.pack(">II", 1, 2871), b"VBRI" + b"\0" * 10 + struct.pack(">I", 2871)]
)
def test_an_mp3_file_with_a_count_of_its_frames_says_it(notes: bytes) -> None:
    assert played("audio/mpeg", TAG + (FRAME + b"\0" * 32 + notes).ljust(417, b"\0")) == 75


def test_an_mp3_file_of_even_bits_says_it_by_its_size() -> None:
    body = TAG + (FRAME + b"\0" * 413) * 10
    assert played("audio/mpeg", body, size=len(TAG) + 16_000 * 75) == 75


def test_an_mp3_file_of_uneven_bits_without_a_count_does_not_say_it() -> None:
    body = TAG + FRAME + b"\0" * 413 + b"\xff\xfb\xa0\x00" + b"\0" * 1000
    assert played("audio/mpeg", body, size=1_000_000) == 0


def test_wav_files_say_it_by_bytes_a_second() -> None:
    format_ = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 2, 44100, 176400, 4, 16)
    notes = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    body = b"RIFF\0\0\0\0WAVE" + format_ + notes + b"data" + struct.pack("<I", 176400 * 75)
    assert played("audio/wav", body) == 75


def test_flac_files_say_it_in_samples() -> None:
    numbers = (44100 << 44) | (1 << 41) | (15 << 36) | 44100 * 75
    assert played("audio/flac", b"fLaC" + b"\0" * 14 + numbers.to_bytes(8, "big")) == 75


@pytest.mark.parametrize(
    ("packet", "samples"),
    [
        (b"OpusHead\x01\x02" + struct.pack("<HIHB", 312, 44100, 0, 0), 48000 * 75 + 312),
        (b"\x01vorbis\0\0\0\0\x02" + struct.pack("<I", 44100), 44100 * 75),
    ],
)
def test_ogg_files_say_it_on_their_last_page(packet: bytes, samples: int) -> None:
    page = b"OggS\0\x02" + b"\0" * 20 + bytes([1, len(packet)]) + packet
    last = b"OggS\0\x04" + struct.pack("<Q", samples) + b"\0" * 50
    assert played("audio/ogg", page + b"x" * 1000 + last) == 75


KINDS = ["audio/mp4", "audio/mpeg", "audio/wav", "audio/flac", "audio/ogg", "image/png", ""]
PIECES = st.sampled_from(
    [mp4(0), mp4(1)[:60], TAG, FRAME, b"Xing\0\0\0\1", b"fmt ", b"data", b"OggS", b"OpusHead"]
)


@given(kind=st.sampled_from(KINDS), pieces=st.lists(PIECES | st.binary(max_size=40), max_size=8))
def test_no_recording_is_too_strange(kind: str, pieces: list[bytes]) -> None:
    assert 0 <= played(kind, b"".join(pieces)) <= 10 * 24 * 3600
