"""Replies out of the bytes that a server sends, however they are cut."""

from __future__ import annotations

from collections.abc import Iterator

_MOST_BYTES = 65_536
"""Of one reply with all its lines: a server that says more is none."""


class NotSmtp(Exception):
    """What came is no SMTP reply."""


class ReplyParser:
    """Keeps what is not yet a whole reply."""

    def __init__(self) -> None:
        self._rest = b""
        self._lines: list[bytes] = []
        self._size = 0

    def replies(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Code and text of each reply that these bytes complete (RFC 5321 §4.2). Raises NotSmtp."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if len(line) < 3 or not line[:3].isdigit() or line[3:4] not in (b" ", b"-", b"\r", b""):
                raise NotSmtp("what came is no SMTP reply")
            if line[3:4] == b"-":
                self._lines.append(line[4:].rstrip(b"\r"))
                self._size += len(line)
            elif self._lines:
                text = b" ".join([*self._lines, line[4:].rstrip(b"\r")])
                self._lines, self._size = [], 0
                yield int(line[:3]), text
            else:
                yield int(line[:3]), line[4:].rstrip(b"\r")
        if self._size + len(self._rest) > _MOST_BYTES:
            raise NotSmtp("a reply without an end")
