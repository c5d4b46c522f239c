"""Takes a mail apart: at most so large, so deep and so many parts, in time that is linear in its size.

The standard library's parser follows a mail however deep it goes, and looks for the boundaries of every level
at each line: a megabyte in three hundred levels takes it 15 s of CPU, and the worst that we know takes 0.2 s
here. Reports need header fields and a few plain parts.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from itertools import islice

from feeds.model.noun import dataclass

LARGEST = 1 << 20
"""Octets of a mail that are looked at: what is behind them counts as cut off."""

DEEPEST = 5
"""Levels of parts within parts."""

_MOST_PARTS = 50
_LARGEST_HEADER = 1 << 16
_LARGEST_TEXT = 1 << 16
_LONGEST_FIELD = 2000
"""Characters of a field that are looked at."""

_FOLDED = re.compile(r"\n[ \t]+")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)")
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_CHARSET = re.compile(
    r';\s*charset\s*=\s*"?((?:utf-|us-|iso-|windows-|shift_|euc-|gb|big5|koi8-)[A-Za-z0-9_-]{1,20})',
    re.IGNORECASE,
)
"""Character sets of mail; there are codecs that take time by the square of what they decode."""

_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")

Fields = tuple[tuple[str, str], ...]
"""Names in small letters and values in one line each, in their order."""


@dataclass(frozen=True, slots=True)
class Part:
    """A mail, or a part of one."""

    fields: Fields
    body: bytes
    """As it is transferred, with LF as line ends."""

    def values(self, *names: str) -> list[str]:
        """The values of all fields with one of these names."""
        return [value for name, value in self.fields if name in names]

    def value(self, name: str) -> str:
        """The value of the first field with this name; empty where there is none."""
        return next(iter(self.values(name)), "")

    @property
    def media_type(self) -> str:
        return self.value("content-type").partition(";")[0].strip().lower() or "text/plain"

    @property
    def content(self) -> bytes:
        """The body with its transfer encoding undone, as far as that goes."""
        match self.value("content-transfer-encoding").strip().lower():
            case "base64":
                digits = _NO_BASE64.sub(b"", self.body)
                if len(digits) % 4 == 1:  # cut off within an octet
                    digits = digits[:-1]
                return a2b_base64(digits + b"=" * (-len(digits) % 4))
            case "quoted-printable":
                return a2b_qp(self.body)
            case _:
                return self.body

    @property
    def text(self) -> str:
        """The content as text; what cannot be decoded is replaced."""
        charset = _CHARSET.search(self.value("content-type"))
        content = self.content[:_LARGEST_TEXT]
        try:
            return content.decode(charset[1] if charset else "utf-8", "replace")
        except LookupError:
            return content.decode("utf-8", "replace")


def take_apart(mail: bytes) -> Part:
    """The mail as one part."""
    mail = mail[:LARGEST].replace(b"\r\n", b"\n")
    if mail.startswith((b"From ", b">From ")):  # as some pipes begin
        mail = mail.partition(b"\n")[2]
    return _part(mail)


def leaves(part: Part) -> Iterator[Part]:
    """The parts that have no parts, in their order; a mail within the mail is one."""
    return islice(_leaves(part, 0), _MOST_PARTS)


def fields_of(text: bytes) -> Fields:
    """The lines that are header fields, those that were folded made whole."""
    block = text[:_LARGEST_HEADER].decode("utf-8", "replace")
    found = (_FIELD.fullmatch(line) for line in _FOLDED.sub(" ", block).split("\n"))
    return tuple((f[1].lower(), f[2].strip()[:_LONGEST_FIELD]) for f in found if f)


def _part(text: bytes) -> Part:
    if text.startswith(b"\n"):
        return Part((), text[1:])
    header, _, body = text.partition(b"\n\n")
    return Part(fields_of(header), body)


def _leaves(part: Part, depth: int) -> Iterator[Part]:
    boundary = _BOUNDARY.search(part.value("content-type"))
    if not part.media_type.startswith("multipart/") or boundary is None:
        yield part
        return
    if depth >= DEEPEST:
        return
    for section in _sections(part.body, (boundary[1] or boundary[2]).rstrip()):
        yield from _leaves(_part(section), depth + 1)


def _sections(body: bytes, boundary: str) -> Iterator[bytes]:
    """What stands between the boundary's lines (RFC 2046 §5.1.1); the last may have been cut off."""
    line = re.compile(rb"^--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*$", re.M)
    start = None
    for found in line.finditer(body):
        if start is not None:
            yield body[start : max(start, found.start() - 1)]
        if found[1]:
            return
        start = found.end() + 1
    if start is not None:
        yield body[start:]
