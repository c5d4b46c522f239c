"""The demo's mailbox: every message that its mail server took, in memory and as a Maildir."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Received:
    """A message as the mail server took it; ``number`` counts from 1."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    arrived: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """A received message as a mail program reads it."""

    sender: str
    recipient: str
    subject: str
    date: datetime | None
    text: str
    """The text part; empty where there is none."""
    html: str
    """The HTML part as it came, so hostile until proven otherwise; empty where there is none."""
    headers: tuple[tuple[str, str], ...]


class Mailbox:
    """Takes messages from the mail server's thread and shows them to every other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("tmp", "new", "cur"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._messages: list[Received] = []
        self._lock = threading.Lock()

    def keep(self, sender: str, recipients: tuple[str, ...], raw: bytes, arrived: datetime) -> Received:
        """The message with its number, after it was written to the Maildir."""
        with self._lock:
            number = len(self._messages) + 1
            received = Received(number, sender, recipients, arrived, raw)
            name = f"{int(arrived.timestamp())}.{number:04d}.kawaraban-demo.eml"
            (self.folder / "tmp" / name).write_bytes(raw)
            (self.folder / "tmp" / name).rename(self.folder / "new" / name)
            self._messages.append(received)
        return received

    def all(self) -> tuple[Received, ...]:
        """All messages in the order of their arrival."""
        with self._lock:
            return tuple(self._messages)

    def find(self, number: int) -> Received | None:
        with self._lock:
            return self._messages[number - 1] if 1 <= number <= len(self._messages) else None


def read(received: Received) -> Reading:
    """What the message says; broken parts are shown as well as they can be, and nothing is raised."""
    try:
        message = message_from_bytes(received.raw)
        html, text = _part(message, "text/html"), _part(message, "text/plain")
        headers = tuple((name, _decoded(value)) for name, value in message.items())
    except RecursionError:  # parts in parts in parts
        html, text, headers = "", received.raw.decode("utf-8", "replace"), ()
    first = {name.lower(): value for name, value in reversed(headers)}
    return Reading(
        sender=first.get("from", received.sender),
        recipient=first.get("to", ", ".join(received.recipients)),
        subject=first.get("subject", ""),
        date=_date(first.get("date", "")),
        text=text,
        html=html,
        headers=headers,
    )


def _part(message: Message, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type and not part.is_multipart():
            payload = part.get_payload(decode=True)
            return _text(payload, part) if isinstance(payload, bytes) else ""
    return ""


def _text(payload: bytes, part: Message) -> str:
    try:
        return payload.decode(part.get_content_charset("utf-8"), "replace")
    except (ValueError, LookupError):
        return payload.decode("utf-8", "replace")


def _decoded(value: object) -> str:
    """A header's value with its encoded words (RFC 2047) decoded and its folds undone."""
    text = str(value)
    with suppress(HeaderParseError, LookupError, ValueError):
        text = str(make_header(decode_header(text)))
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
