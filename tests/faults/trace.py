"""System calls as strace saw them: which bytes were safe on the disk at each moment, and what was sent then.

A power cut keeps what a completed fsync covered and may drop anything else. The files are rebuilt from
the recorded writes, so that no kernel and no cache stands between the program and the cut. A failed
fsync counts as Linux does it: what it should have written is gone, and later ones know nothing of it.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

CALLS = "pwrite64,write,pwritev,fsync,fdatasync,ftruncate,sendto,sendmsg,writev,unlink"
FILES = ("kawaraban.sqlite3", "kawaraban.sqlite3-wal", "kawaraban.sqlite3-journal")

_CALL = re.compile(r"^(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>(.*)")
_FILE = re.compile(r'^\d+<((?:\\x[0-9a-f]{2})*)>|^"((?:\\x[0-9a-f]{2})*)"')
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_RESULT = re.compile(r"\) += (-?\d+)[^)]*(?:\([^)]*\))?(?: \(INJECTED\))?\s*$")
_OFFSET = re.compile(r'", \d+, (\d+)')
_ID = re.compile(rb"^Message-ID:\s*(<[^>]*>)", re.MULTILINE | re.IGNORECASE)
_BY_END = {"fsync", "fdatasync", "sendto", "sendmsg", "ftruncate"}
"""Calls that count when they have ended; others count when they begin."""
END = b"\r\n.\r\n"


def strace(output: Path, *more: str) -> tuple[str, ...]:
    """The command in front of a victim."""
    return ("strace", "-f", "-y", "-xx", "-s", "400000", "-o", str(output), "-e", f"trace={CALLS}", *more)


@dataclass
class Call:
    """A system call on a file or a socket."""

    name: str
    path: str
    data: bytes = b""
    offset: int = 0
    result: int = -1


def read(file: Path) -> Iterator[Call]:
    """The calls in the order in which they were done: writes when they began, syncs when they ended."""
    begun: dict[str, str] = {}
    with file.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            resumed = _RESUMED.match(line)
            if resumed:
                text = begun.pop(resumed[1], "") + resumed[3]
                call = _parse(resumed[2], text)
                if call and call.name in _BY_END:
                    yield call
                continue
            found = _CALL.match(line)
            if not found:
                continue
            if "<unfinished ...>" in line:
                text = found[3].partition(" <unfinished")[0]
                begun[found[1]] = text
                call = _parse(found[2], text)
                if call and call.name not in _BY_END:
                    call.result = len(call.data)
                    yield call
                continue
            call = _parse(found[2], found[3])
            if call:
                yield call


def _parse(name: str, text: str) -> Call | None:
    where = _FILE.match(text)
    if where is None:
        return None
    path = _bytes(where[1] or where[2] or "").decode("utf-8", "replace")
    result = _RESULT.search(text)
    call = Call(name, path, result=int(result[1]) if result else -1)
    if name in {"pwrite64", "write", "sendto", "sendmsg", "writev", "pwritev"}:
        call.data = b"".join(_bytes(t) for t in _TEXT.findall(text[where.end() :]))
        offset = _OFFSET.search(text)
        call.offset = int(offset[1]) if offset and name == "pwrite64" else 0
    elif name == "ftruncate":
        call.offset = int(text[where.end() :].strip(", ").split(")")[0].split(",")[0] or 0)
    if name == "sendto":
        call.path = text.partition("<")[0] + path  # a socket by its number and inode
    return call


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class _Kept:
    """A file: what is safe, and what was written since."""

    safe: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes]] = field(default_factory=list)
    """Offset and bytes; a truncation has offset -1 - length."""

    def sync(self, *, failed: bool) -> None:
        if not failed:
            for offset, data in self.pending:
                _apply(self.safe, offset, data)
        self.pending = []

    def image(self, pending: int = 0, torn: int = 0) -> bytes:
        """What is left when so many of the writes since the last sync came through, and part of one more."""
        image = bytearray(self.safe)
        for offset, data in self.pending[:pending]:
            _apply(image, offset, data)
        if torn and pending < len(self.pending):
            offset, data = self.pending[pending]
            if offset >= 0:
                _apply(image, offset, data[:torn])
        return bytes(image)


def _apply(image: bytearray, offset: int, data: bytes) -> None:
    if offset < 0:
        length = -1 - offset
        del image[length:]
        image.extend(b"\0" * (length - len(image)))
        return
    image.extend(b"\0" * (offset - len(image)))
    image[offset : offset + len(data)] = data


class Disk:
    """The files of a database, as a power cut would leave them at each moment of a trace."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.files = {name: _Kept() for name in FILES}
        for name, kept in self.files.items():
            if (state / name).exists():
                kept.safe = bytearray((state / name).read_bytes())
        self.version = 0
        """Changes with every sync."""

    def do(self, call: Call) -> None:
        """Follows one call."""
        path = Path(call.path)
        kept = self.files.get(path.name) if path.parent == self._state else None
        if kept is None:
            return
        if call.name in {"pwrite64", "write"} and call.result > 0:
            kept.pending.append((call.offset, call.data[: call.result]))
        elif call.name == "ftruncate" and call.result == 0:
            kept.pending.append((-1 - call.offset, b""))
        elif call.name in {"fsync", "fdatasync"}:
            kept.sync(failed=call.result != 0)
            self.version += 1
        elif call.name == "unlink":
            self.files[path.name] = _Kept()

    @property
    def pending(self) -> int:
        """How many writes to the log are not safe."""
        return len(self.files[FILES[1]].pending)

    def write(self, folder: Path, *, pending: int = 0, torn: int = 0) -> None:
        """Leaves the files in a folder as a power cut would."""
        for name, kept in self.files.items():
            part = name == FILES[1]
            image = kept.image(pending if part else 0, torn if part else 0)
            if image:
                (folder / name).write_bytes(image)
            else:
                (folder / name).unlink(missing_ok=True)
        (folder / f"{FILES[0]}-shm").unlink(missing_ok=True)


class Wire:
    """What went out: the Message-IDs of the messages whose final dot was sent."""

    def __init__(self) -> None:
        self._streams: dict[str, bytes] = {}

    def sent(self, call: Call) -> list[str]:
        """The messages that this call completed."""
        if call.name not in {"sendto", "sendmsg", "writev", "write"} or call.result <= 0:
            return []
        stream = self._streams.get(call.path, b"") + call.data[: call.result]
        *bodies, rest = stream.split(END)
        self._streams[call.path] = rest
        return [_ID.findall(body)[-1].decode() for body in bodies if _ID.search(body)]


def known(disk: Disk, folder: Path, *, pending: int = 0, torn: int = 0) -> set[tuple[int, int]] | str:
    """The deliveries that a start after a power cut would know to have been tried; or what is broken."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    disk.write(folder, pending=pending, torn=torn)
    connection = sqlite3.connect(folder / FILES[0])
    try:
        verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
        if verdict != "ok":
            return f"the database is damaged: {verdict}"
        query = "SELECT issue, subscriber FROM deliveries WHERE attempts > 0"
        return {(row[0], row[1]) for row in connection.execute(query)}
    except sqlite3.DatabaseError as error:
        return f"the database is damaged: {error}"
    finally:
        connection.close()
