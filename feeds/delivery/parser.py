"""Replies out of the bytes that a server sends, however they are cut."""

from __future__ import annotations

from collections.abc import Iterator

_CODES = {b"%03d" % code: code for code in range(1000)}
_MARKS = (b" ", b"-", b"\r", b"")
"""What may follow the code: a text, another line, or the end of this one."""

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
            code, mark, text = _CODES.get(line[:3]), line[3:4], line[4:].rstrip(b"\r")
            if code is None or mark not in _MARKS:
                raise NotSmtp("what came is no SMTP reply")
            if mark == b"-":
                self._lines.append(text)
                self._size += len(line)
                continue
            if self._lines:
                text = b" ".join([*self._lines, text])
                self._lines, self._size = [], 0
            yield code, text
        if self._size + len(self._rest) > _MOST_BYTES:
            raise NotSmtp("a reply without an end")
