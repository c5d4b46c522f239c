"""The form in which a message is signed: relaxed/relaxed (RFC 6376 §3.4.2, §3.4.4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

SIGNED = (
    b"from",
    b"reply-to",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"mime-version",
    b"content-type",
    b"list-id",
    b"list-unsubscribe",  # RFC 8058 §4 wants this and the next one covered
    b"list-unsubscribe-post",
    b"feedback-id",  # or Gmail does not count it
)
"""Names of the fields that are signed where a message has them."""

_BLANKS = re.compile(rb"[ \t]+")
_FIELD_END = re.compile(rb"\r\n(?![ \t])")


def split_message(message: bytes) -> tuple[list[bytes], bytes]:
    """The header fields, folded and without their last CRLF, and the body."""
    head, _, body = message.partition(b"\r\n\r\n")
    return _FIELD_END.split(head), body


def relaxed_field(field: bytes) -> bytes:
    """A field in one line, without a CRLF at its end; its name is in small letters."""
    name, _, value = field.partition(b":")
    line = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.lower().rstrip(b" \t") + b":" + line


def relaxed_body(body: bytes) -> bytes:
    """A body without blanks at line ends and empty lines at its own, and with single blanks elsewhere."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = (body + b"\r\n").replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def signed_names(fields: Iterable[bytes]) -> list[bytes]:
    """What ``h=`` lists: each field that is signed once more than it is there, so that none can be added.

    The one too many stands for nothing (RFC 6376 §5.4.2, §8.15). Raises ValueError without a From.
    """
    present = Counter(_name(field) for field in fields)
    if not present[b"from"]:
        raise ValueError("a message without From cannot be signed")
    return [name for name in SIGNED if present[name] for _ in range(present[name] + 1)]


def signed_fields(fields: Sequence[bytes], names: Iterable[bytes]) -> bytes:
    """The fields that these names stand for: the last one of a name first (RFC 6376 §5.4.2)."""
    stacks: dict[bytes, list[bytes]] = {}
    for field in fields:
        stacks.setdefault(_name(field), []).append(field)
    return b"".join(relaxed_field(stacks[name].pop()) + b"\r\n" for name in names if stacks.get(name))


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].rstrip(b" \t").lower()
