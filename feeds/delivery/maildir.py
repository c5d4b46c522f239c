"""Delivers into a Maildir: a folder that mail programs read (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from pathlib import Path

from feeds.delivery.session import Session
from feeds.disk import keep
from feeds.errors import RelayUnreachable
from feeds.model.message import Deferred, Message, Outcome, Sent
from feeds.model.noun import dataclass

_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\s]*>)", re.IGNORECASE | re.MULTILINE)
_HEADER_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class MaildirTransport:
    """A Maildir on this machine; made when it is first used."""

    folder: Path
    local: bool = True

    async def connect(self) -> MaildirSession:
        """A session with the folders in place."""
        try:
            for name in ("tmp", "new", "cur"):
                (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            seen = {entry.partition(":")[0]: entry for entry in os.listdir(self.folder / "cur")}
        except OSError as error:
            raise RelayUnreachable(
                f"no Maildir can be made at {self.folder}: {error.strerror}; check [mail] smtp"
            ) from error
        return MaildirSession(self.folder, seen)


class MaildirSession(Session):
    """Writes messages as files, each whole and on the disk before it is called sent."""

    usable = True

    def __init__(self, folder: Path, seen: dict[str, str]) -> None:
        self._folder = folder
        self._seen = seen
        """Names of the messages that a mail program has moved to ``cur``, without and with their flags."""

    async def send(self, message: Message) -> Outcome:
        """Stores the message; a copy from an earlier attempt is replaced."""
        name = unique_name(message)
        try:
            await asyncio.to_thread(self._store, name, file_content(message))
        except OSError as error:
            self.usable = False  # a full disk stays full: let the engine count failures and stop
            return Deferred(f"not stored: {error.strerror}")
        return Sent(f"stored as {name}")

    async def close(self) -> None:
        """Nothing is left open between messages."""
        self.usable = False

    def _store(self, name: str, content: bytes) -> None:
        """tmp, fsync, rename, fsync of the folder: a reader sees the whole file or none."""
        temporary = self._folder / "tmp" / name
        in_cur = self._folder / "cur" / self._seen.get(name, name)
        target = in_cur if in_cur.exists() else self._folder / "new" / name
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        keep(target.parent)


def unique_name(message: Message) -> str:
    """The file name: the same for every attempt at the same message to the same reader.

    Maildir asks for a unique name and takes any without slash, colon and leading dot; the customary
    time and process id would make a second copy out of a resend.
    """
    header = message.body.partition(_HEADER_END)[0]
    found = _MESSAGE_ID.search(header)
    identity = found[1] if found else message.body
    digest = hashlib.sha256(message.envelope.recipient.wire.encode() + b"\0" + identity)
    return f"{digest.hexdigest()[:32]}.kawaraban"


def file_content(message: Message) -> bytes:
    """The file: the envelope as header fields, then the message with the line ends of files.

    Final delivery adds Return-Path (RFC 5321 §4.4). CRLF is how lines end on the wire; in a Maildir
    lines end as in every other file here, and mail programs count and show CR as part of the text.
    """
    envelope = message.envelope
    head = f"Return-Path: <{envelope.sender}>\nDelivered-To: {envelope.recipient.wire}\n"
    return head.encode("ascii") + message.body.replace(b"\r\n", b"\n")
