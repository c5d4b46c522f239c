"""Header fields as they go over the wire: 7-bit, folded, and nothing else but what was asked for.

The standard library encodes ``List-Unsubscribe`` when it is long, which takes the button away, and loses
spaces between Japanese and English words; so the fields are written here.
Each function returns a whole field with its CRLF, and raises ValueError for a value that would break out
of its field.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import datetime

from feeds.newsletter.publication import Mailbox

_WIDTH = 76
"""RFC 2047 §2 allows no more on a line with an encoded-word."""

_LIMIT = 998
"""RFC 5322 §2.1.1, without the CRLF."""

_ENCODED_WORD = 75
"""RFC 2047 §2."""

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[!-~]+( [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URL = re.compile(r"[!-;=?-~]+")  # printable ASCII without < and >


def text_field(name: str, value: str) -> bytes:
    """An unstructured field, such as Subject; encoded as a whole where it is not plain ASCII."""
    _check(name, value)
    if not value:
        raise ValueError(f"the header field {name} is empty")
    if _PLAIN.fullmatch(value) and "=?" not in value:
        lines = _fill(f"{name}:", value.split(" "))
        if max(map(len, lines)) <= _WIDTH:
            return _wire(lines)
    return _wire(_fill(f"{name}:", _encoded_words(value, len(name) + 2)))


def mailbox_field(name: str, mailbox: Mailbox) -> bytes:
    """A field with one mailbox, such as From: ``"Doe, Jane" <jane@example.org>``."""
    _check(name, mailbox.name)
    address = mailbox.address.wire
    _check_raw(name, address)
    if not mailbox.name:
        return _wire([f"{name}: {address}"])
    words = _phrase(mailbox.name, len(name) + 2)
    return _wire(_fill(f"{name}:", [*words, f"<{address}>"]))


def list_id_field(title: str, identifier: str) -> bytes:
    """List-Id, with the title as its phrase (RFC 2919 §3)."""
    _check("List-Id", title)
    _check_raw("List-Id", identifier)
    return _wire(_fill("List-Id:", [*_phrase(title, len("List-Id: ")), f"<{identifier}>"]))


def url_list_field(name: str, urls: Sequence[str]) -> bytes:
    """A field of RFC 2369: each URL in angle brackets, never encoded, folded at commas only."""
    for url in urls:
        if not _URL.fullmatch(url):
            raise ValueError(f"{url!r} cannot stand in the header field {name}")
    return _wire([f"{name}: " + ",\r\n ".join(f"<{url}>" for url in urls)])


def date_field(moment: datetime) -> bytes:
    """Date (RFC 5322 §3.3), in UTC."""
    from email.utils import format_datetime

    return _wire([f"Date: {format_datetime(moment)}"])


def raw_field(name: str, value: str) -> bytes:
    """A field whose value is a token or two of ASCII and is written as it is."""
    _check_raw(name, value)
    return _wire([f"{name}: {value}"])


def _phrase(text: str, indent: int) -> list[str]:
    """A display name as words that may be folded between: atoms, a quoted string, or encoded-words."""
    if not text.isascii() or "=?" in text or len(text) > _WIDTH - indent - 4:
        return _encoded_words(text, indent)
    if _ATOMS.fullmatch(text):
        return text.split(" ")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']  # RFC 5322 §3.2.4


def _encoded_words(text: str, indent: int) -> list[str]:
    """The whole text as encoded-words (RFC 2047 §4.1), so that no space stands between two of them.

    Only the first shares its line, with ``indent`` columns. No word ends inside a character (§5).
    """
    words: list[str] = []
    room, chunk = _room(_WIDTH - indent), b""
    for character in text:
        encoded = character.encode("utf-8")
        if len(chunk) + len(encoded) > room and (chunk or words):
            words.append(chunk.decode("utf-8"))
            room, chunk = _room(_ENCODED_WORD), b""
        chunk += encoded
    words.append(chunk.decode("utf-8"))
    return [f"=?utf-8?B?{b64encode(word.encode('utf-8')).decode('ascii')}?=" for word in words]


def _room(columns: int) -> int:
    """How many bytes of UTF-8 an encoded-word of so many columns holds."""
    return (min(columns, _ENCODED_WORD) - len("=?utf-8?B??=")) // 4 * 3


def _fill(first: str, words: Iterable[str]) -> list[str]:
    """Lines of at most 76 columns where the words allow it; all but the first begin with a space."""
    lines = [first]
    for word in words:
        if len(lines[-1]) + 1 + len(word) <= _WIDTH or lines == [first]:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
    return lines


def _check(name: str, value: str) -> None:
    if match := _FORBIDDEN.search(value):
        raise ValueError(f"the header field {name} cannot hold the character U+{ord(match[0]):04X}")


def _check_raw(name: str, value: str) -> None:
    if not value or not value.isascii() or not value.isprintable():
        raise ValueError(f"{value!r} cannot stand in the header field {name}")


def _wire(lines: Sequence[str]) -> bytes:
    field = "\r\n".join(lines)
    if any(len(line) > _LIMIT for line in field.split("\r\n")):
        name = field.partition(":")[0]
        raise ValueError(f"a line of the header field {name} is longer than {_LIMIT} characters")
    return f"{field}\r\n".encode("ascii")
