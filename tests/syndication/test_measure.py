"""What is known of the site's own files, and of files elsewhere."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.model.feed import Media
from feeds.syndication import measure, signatures
from feeds.syndication.measure import Measurements

SITE = "https://example.org/blog"


def png(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header + b"\0" * 4


def jpeg(width: int, height: int, notes: int = 0) -> bytes:
    segments = b"".join(b"\xff\xe1" + struct.pack(">H", 65535) + b"x" * 65533 for _ in range(notes))
    tables = b"\xff\xdb\x00\x04ab" + b"\xff\xff\xc4\x00\x04ab"  # with a fill byte
    frame = b"\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3)
    return b"\xff\xd8" + segments + tables + frame + b"\0" * 10


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 100) + b"WEBP" + kind + struct.pack("<I", len(body)) + body


PICTURES = {
    "a.png": (png(1600, 900), "image/png", (1600, 900)),
    "a.jpg": (jpeg(640, 480), "image/jpeg", (640, 480)),
    "notes.jpeg": (jpeg(4000, 3000, notes=5), "image/jpeg", (4000, 3000)),
    "a.gif": (b"GIF89a" + struct.pack("<HH", 320, 200), "image/gif", (320, 200)),
    "x.webp": (
        webp(b"VP8X", b"\0" * 4 + (799).to_bytes(3, "little") + (599).to_bytes(3, "little")),
        "image/webp",
        (800, 600),
    ),
    "l.webp": (webp(b"VP8L", b"\x2f" + (99 | 49 << 14).to_bytes(4, "little")), "image/webp", (100, 50)),
    "y.webp": (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 550, 368)), "image/webp", (550, 368)),
    "a.svg": (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", (0, 0)),
    "a.avif": (
        b"\0\0\0\x1cftypavif" + b"".join(b"ispe" + struct.pack(">III", 0, *p) for p in [(9, 9), (641, 333)]),
        "image/avif",
        (641, 333),
    ),
    "b.avif": (b"\0\0\0\x1cftypavif", "image/avif", (0, 0)),
}
SOUNDS = {
    "a.mp3": (b"ID3\x04\0", "audio/mpeg"),
    "bare.mp3": (b"\xff\xfb\x90\x64", "audio/mpeg"),
    "a.m4a": (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
    "b.m4a": (b"\0\0\0\x20ftypmp42", "audio/mp4"),
    "a.mp4": (b"\0\0\0\x20ftypisom", "video/mp4"),
    "a.ogg": (b"OggS\0", "audio/ogg"),
    "a.ogv": (b"OggS\0", "video/ogg"),
    "a.pdf": (b"%PDF-1.7", "application/pdf"),
}


@pytest.fixture
def public(tmp_path: Path) -> Path:
    folder = tmp_path / "public"
    folder.mkdir()
    return folder


@pytest.fixture
def site(public: Path) -> Measurements:
    return Measurements(SITE, [public])


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_have_length_type_and_pixels(public: Path, site: Measurements, name: str) -> None:
    body, kind, (width, height) = PICTURES[name]
    (public / name).write_bytes(body)
    url = f"{SITE}/{name}"
    assert site.media_of(url) == Media(url, kind, len(body), width=width, height=height)


@pytest.mark.parametrize("name", SOUNDS)
def test_recordings_have_length_and_type(public: Path, site: Measurements, name: str) -> None:
    body, kind = SOUNDS[name]
    (public / name).write_bytes(body)
    assert site.media_of(f"{SITE}/{name}", seconds=60) == Media(f"{SITE}/{name}", kind, len(body), 60)


def test_a_recording_tells_how_long_it_plays_unless_the_author_does(public: Path, site: Measurements) -> None:
    (public / "a.flac").write_bytes(b"fLaC" + b"\0" * 14 + (44100 << 44 | 44100 * 75).to_bytes(8, "big"))
    assert site.media_of(f"{SITE}/a.flac").seconds == 75
    assert site.media_of(f"{SITE}/a.flac", seconds=80).seconds == 80


def test_the_bytes_are_believed_before_the_name_and_the_author_before_both(
    public: Path, site: Measurements
) -> None:
    (public / "photo.jpg").write_bytes(png(10, 20))
    assert site.media_of(f"{SITE}/photo.jpg").media_type == "image/png"
    assert site.media_of(f"{SITE}/photo.jpg", "Image/X-Own; q=1", 7).media_type == "image/x-own"
    assert site.media_of(f"{SITE}/photo.jpg", "", 7).length == len(png(10, 20))


@pytest.mark.parametrize(
    "url",
    ["https://cdn.example/blog/a.mp3", f"{SITE}/missing.mp3", "https://example.org/a.mp3", "https://[/a.mp3"],
)
def test_of_a_file_elsewhere_only_the_name_and_the_author_tell(site: Measurements, url: str) -> None:
    assert site.media_of(url, declared_length=5) == Media(url, "audio/mpeg", 5)
    assert site.media_of(url, "audio/x", -5) == Media(url, "audio/x", 0)
    assert site.stamp(url) == ""


def test_addresses_are_decoded_and_queries_do_not_count(public: Path, site: Measurements) -> None:
    (public / "絵 1.png").write_bytes(png(1, 2))
    assert site.media_of("http://EXAMPLE.org/blog/%E7%B5%B5%201.png?v=2#x").height == 2


@pytest.mark.parametrize(
    "path",
    [
        "../secret.png",
        "%2e%2e/secret.png",
        "x/..%2f..%2fsecret.png",
        ".hidden.png",
        "link.png",
        "folder/a.png",
    ],
)
def test_nothing_is_read_outside_the_folders_of_the_site(tmp_path: Path, public: Path, path: str) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(png(1, 2))
    (public / ".hidden.png").write_bytes(png(1, 2))
    (public / "link.png").symlink_to(secret)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.png").write_bytes(png(1, 2))
    (public / "folder").symlink_to(tmp_path / "other")
    assert Measurements(SITE, [public]).media_of(f"{SITE}/{path}").length == 0


def test_a_link_inside_the_site_is_followed(public: Path, site: Measurements) -> None:
    (public / "a.png").write_bytes(png(3, 4))
    (public / "b.png").symlink_to("a.png")
    assert site.media_of(f"{SITE}/b.png").width == 3


def test_folders_and_pipes_are_no_files(public: Path, site: Measurements) -> None:
    os.mkfifo(public / "pipe.mp3")
    (public / "folder.mp3").mkdir()
    for name in ("pipe.mp3", "folder.mp3"):
        assert site.media_of(f"{SITE}/{name}") == Media(f"{SITE}/{name}", "audio/mpeg")


def test_a_second_folder_is_asked_for_what_the_first_lacks(tmp_path: Path, public: Path) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "a.png").write_bytes(png(5, 6))
    assert Measurements(SITE, [public, static]).media_of(f"{SITE}/a.png").width == 5


def test_a_file_is_read_once_until_it_changes(
    public: Path, site: Measurements, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = public / "a.png"
    file.write_bytes(png(1, 1))
    read: list[str] = []
    really = measure._measure
    monkeypatch.setattr(measure, "_measure", lambda path, folder: read.append(path) or really(path, folder))
    stamps = {site.stamp(f"{SITE}/a.png") for _ in range(3)}
    assert (len(stamps), len(read)) == (1, 1)
    file.write_bytes(png(22, 1) + b"x")
    assert site.media_of(f"{SITE}/a.png").width == 22
    assert site.stamp(f"{SITE}/a.png") not in stamps


BEGINNINGS = st.sampled_from([body[:12] for body, *_ in (*PICTURES.values(), *SOUNDS.values())])


@given(body=st.builds(bytes.__add__, BEGINNINGS, st.binary(max_size=200)))
def test_no_file_is_too_strange_to_be_measured(body: bytes) -> None:
    read: list[int] = []

    def reader(offset: int, length: int) -> bytes:
        read.append(length)
        return body[offset : offset + length]

    kind = signatures.type_of("a", reader(0, signatures.HEAD))
    width, height = signatures.pixels(kind, reader)
    assert (width > 0) == (height > 0)
    assert sum(read) <= 64 * 1024


def test_a_picture_of_endless_segments_is_given_up_for(public: Path, site: Measurements) -> None:
    (public / "a.jpg").write_bytes(b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000)
    assert site.media_of(f"{SITE}/a.jpg").width == 0
