"""Media files and episodes that front matter names, in the spellings of podcast themes and plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping

from feeds.model.post import Enclosure, Episode
from feeds.posts.characters import clean
from feeds.posts.fields import Fields, Value, first_text
from feeds.posts.site import absolute

_FILE_KEYS = (
    "enclosure", "enclosures", "audio", "video", "podcast", "podcast_file", "podcast_url", "audio_file",
    "audio_url",
    "audioUrl", "mp3", "media", "file",
)  # fmt: skip
_URL_NAMES = (
    "url",
    "href",
    "src",
    "file",
    "path",
    "link",
    "audio",
    "mp3",
    "audio_file",
    "audioUrl",
    "enclosure",
)
_LENGTH_NAMES = ("length", "filesize", "file_size", "size", "bytes", "filelength", "length_bytes")
_TYPE_NAMES = ("type", "mime", "mime_type", "mimetype", "media_type")
_DURATION_NAMES = ("duration", "itunes_duration", "length_seconds", "time")
_MEDIA = re.compile(
    r"\.(?:mp3|m4[abv]|aac|og[agv]|opus|wav|flac|mp4|mov|webm|mkv|pdf|epub)(?:[?#].*)?$", re.IGNORECASE
)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{2})(?:[.,]\d+)?")
_SPELT = re.compile(
    r"(?:PT)?(?:(\d+)\s*(?:h|hours?|時間))?\s*(?:(\d+)\s*(?:m|min|minutes?|分))?\s*(?:(\d+)\s*(?:s|sec|seconds?|秒))?",
    re.IGNORECASE,
)
_TYPED = re.compile(r"[a-z]+/[a-z0-9.+-]+", re.IGNORECASE)
_KINDS = frozenset({"full", "trailer", "bonus"})
_OF_TABLES_ONLY = frozenset({"number", "kind", "image"})
"""Names that mean an episode inside ``podcast:``, and anything at all outside."""


def enclosures(fields: Fields, url: str) -> tuple[Enclosure, ...]:
    """The media files of a post, each once; ``url`` is the post's own address."""
    found: dict[str, Enclosure] = {}
    for key in _FILE_KEYS:
        value = fields.value(key)
        for one in value if isinstance(value, list) else [value] if value else []:
            made = _enclosure(
                one, fields, url, sure=key not in {"file", "media", "video", "audio", "podcast"}
            )
            if made is not None:
                found.setdefault(made.url, made)
    return tuple(found.values())


def _enclosure(value: Value, fields: Fields, url: str, *, sure: bool) -> Enclosure | None:
    """One media file; ``sure`` where the key can mean nothing else, whatever its suffix."""
    if isinstance(value, str):
        # WordPress wrote address, length and type one below the other, and its exports set a bar above them.
        reference, *rest = [part for part in value.split()[:5] if part.strip("|>")] or [""]
        length = next((int(part) for part in rest if part.isascii() and part.isdigit()), 0)
        media_type = next((part for part in rest if _TYPED.fullmatch(part)), "")
        table: Mapping[str, Value] = {}
    elif isinstance(value, dict):
        reference = next((text for name in _URL_NAMES if (text := _text(value.get(name)))), "")
        length, media_type, table = 0, "", value
        sure = sure or bool(_first(value, _LENGTH_NAMES) or _first(value, _TYPE_NAMES))
    else:
        return None
    if not reference or not (sure or _MEDIA.search(reference)) or not (address := _address(reference, url)):
        return None
    return Enclosure(
        url=address,
        media_type=(media_type or _type(table) or _type_at_top(fields)).lower(),
        length=length or _number(_first(table, _LENGTH_NAMES) or _length_at_top(fields)),
        seconds=seconds(
            _first(table, _DURATION_NAMES) or fields.text(*_DURATION_NAMES[:2], "podcast_duration")
        ),
    )


def _address(reference: str, url: str) -> str:
    address = absolute(clean(reference), url)
    return address if address.startswith(("http://", "https://")) else ""


def _type(table: Mapping[str, Value]) -> str:
    said = _first(table, _TYPE_NAMES)
    return said if _TYPED.fullmatch(said) else ""


def _type_at_top(fields: Fields) -> str:
    said = fields.text("mime_type", "media_type", "mime", "file_type")
    return said if _TYPED.fullmatch(said) else ""


def _length_at_top(fields: Fields) -> str:
    return fields.text("filesize", "file_size", "podcast_bytes", "bytes", "audio_length", "enclosure_length")


def _number(text: str) -> int:
    """Bytes; 0 for what is no plain number, such as ``12 MB``: nearly is not enough for readers."""
    digits = text.strip().replace(",", "").replace("_", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


def seconds(text: str) -> int:
    """A playing time such as ``1:02:03``, ``62:03``, ``3723``, ``1h2m3s``; 0 for what is none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) < 7 else 0
    if found := _CLOCK.fullmatch(text) or _SPELT.fullmatch(text):
        hours, minutes, rest = (int(part or 0) for part in found.groups())
        return min(hours * 3600 + minutes * 60 + rest, 999_999)
    return 0


def episode(fields: Fields, url: str) -> Episode | None:
    """What podcast directories want to know; None for a post that is no episode."""
    table = fields.value("podcast")
    inner = Fields(table if isinstance(table, dict) else {}, {})
    season = _number(_said(fields, inner, "season"))
    number = _number(_said(fields, inner, "episode", "episode_number", "number"))
    kind = _said(fields, inner, "episode_type", "episodeType", "kind").lower()
    explicit = any(
        one.is_true("explicit") or one.text("explicit").lower() == "explicit" for one in (fields, inner)
    )
    image = _said(fields, inner, "episode_image", "itunes_image", "image")
    made = Episode(
        season=season,
        number=number,
        kind=kind if kind in _KINDS else "",
        explicit=explicit,
        image=_address(image, url) if image else "",
    )
    return made if made != Episode() else None


def _said(fields: Fields, inner: Fields, *names: str) -> str:
    """The first of these that the table ``podcast`` has, else the front matter itself."""
    return inner.text(*names) or fields.text(*(name for name in names if name not in _OF_TABLES_ONLY))


def _first(table: Mapping[str, Value], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(table.get(name)))), "")


def _text(value: Value | None) -> str:
    return first_text(value) if isinstance(value, dict) else value.strip() if isinstance(value, str) else ""
