"""An SMTP server that follows a script: what to answer to each verb, and where to break."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANGUP = "hang up"
"""Close without a reply."""
RESET = "reset"
"""Close by RST without a reply."""
SILENCE = "silence"
"""Never answer."""
BLACK_HOLE = "black hole"
"""Never read again; only as ``BODY``, after the go-ahead to DATA."""

USUAL = {
    "CONNECT": "220 scripted ESMTP",
    "EHLO": "250-scripted\r\n250 8BITMIME",
    "HELO": "250 scripted",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 taken",
    "EMPTY": "554 5.5.1 no valid recipients",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}

Step = str | bytes
Script = Mapping[str, Step | list[Step]]
"""Verb to reply, or to one reply for each time it comes (then the usual). ``421`` and ``!`` at the
end of a reply close the connection after it; bytes are written as they are."""


@dataclass
class _Envelope:
    """What one connection has accepted."""

    sender: bool = False
    recipient: bool = False


@dataclass
class ScriptedServer:
    script: Script
    tls: ssl.SSLContext | None = None
    packet: int = 0
    """Write replies in packets of so many bytes; 0 for whole."""
    data_needs_a_recipient: bool = True
    """Whether DATA is refused where there is none, and not only the dot."""
    allowed: int | None = None
    """So many messages are answered, and the others wait until there are more; any thread may set it."""
    port: int = 0
    lines: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    """Bodies whose final dot arrived, whatever was answered."""
    connections: int = 0
    answered: int = 0
    _seen: Counter[str] = field(default_factory=Counter)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        envelope = _Envelope()
        try:
            going = await self._answer(writer, "CONNECT")
            while going and (line := await reader.readline()):
                text = line.decode("latin-1").rstrip("\r\n")
                self.lines.append(text)
                going = await self._obey(reader, writer, text, envelope)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _obey(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: str, envelope: _Envelope
    ) -> bool:
        verb = line.partition(" ")[0].upper()
        if verb == "DATA" and not envelope.recipient and self.data_needs_a_recipient:
            verb = "EMPTY"
        going = await self._answer(writer, verb)
        if verb == "MAIL":
            envelope.sender, envelope.recipient = self._last.startswith("2"), False
        elif verb == "RCPT":
            envelope.recipient = envelope.sender and self._last.startswith("2")
        if verb == "STARTTLS" and going and self.tls is not None and self._last.startswith("220"):
            await writer.start_tls(self.tls)
        if verb == "DATA" and going and self._last.startswith("354"):
            if self.script.get("BODY") == BLACK_HOLE:
                writer.transport.pause_reading()  # type: ignore[attr-defined]
                await asyncio.sleep(3600)
            body = await _until_lone_dot(reader)
            if not envelope.recipient:
                return await self._answer(writer, "EMPTY")
            self.taken.append(body)
            while self.allowed is not None and self.answered >= self.allowed:
                await asyncio.sleep(0.01)
            self.answered += 1
            return await self._answer(writer, ".")
        return going and verb != "QUIT"

    async def _answer(self, writer: asyncio.StreamWriter, verb: str) -> bool:
        step = self._next(verb)
        self._last = step if isinstance(step, str) else step.decode("latin-1")
        if step == HANGUP:
            return False
        if step == RESET:
            writer.transport.abort()
            return False
        if step == SILENCE:
            await asyncio.sleep(3600)
        data = step if isinstance(step, bytes) else step.rstrip("!").encode() + b"\r\n"
        for start in range(0, len(data), self.packet or len(data)):
            writer.write(data[start : start + (self.packet or len(data))])
            await writer.drain()
            if self.packet:
                await asyncio.sleep(0)
        return not (self._last.endswith("!") or self._last.startswith("421"))

    def _next(self, verb: str) -> Step:
        step = self.script.get(verb, USUAL.get(verb, "500 5.5.2 what?"))
        if isinstance(step, list):
            self._seen[verb] += 1
            position = self._seen[verb] - 1
            return step[position] if position < len(step) else USUAL[verb]
        return step


async def _until_lone_dot(reader: asyncio.StreamReader) -> bytes:
    lines: list[bytes] = []
    while not lines or lines[-1] != b".\r\n":
        lines.append(await reader.readuntil(b"\r\n"))
    return b"".join(lines)


@asynccontextmanager
async def serving(
    script: Script | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    implicit_tls: bool = False,
    packet: int = 0,
) -> AsyncIterator[ScriptedServer]:
    """The server on a free port of loopback, until the block ends."""
    scripted = ScriptedServer(script or {}, tls=tls, packet=packet)
    handlers: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.ensure_future(scripted.handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls if implicit_tls else None)
    scripted.port = server.sockets[0].getsockname()[1]
    try:
        yield scripted
    finally:
        server.close()
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await asyncio.sleep(0)
