"""A proxy that follows the dialogue it carries: it knows when a final dot passes, and can break there."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum

from tests.faults.background import Background


class Event(Enum):
    """What the end of a piece means."""

    BODY = "half of a body has passed"
    DOT = "the final dot is the next thing to pass"
    TAKEN = "the reply to a final dot is the next thing to pass"


class Break(Enum):
    """What the proxy does instead of passing on."""

    PASS = "nothing"
    CUT = "closes both sides"
    RESET = "closes both sides, ours by RST"
    HOLE = "passes nothing more, and keeps both sides open"


Decide = Callable[[Event, int], Break]
"""What to do at the n-th event of its kind, counted over all connections."""

END = b"\r\n.\r\n"


class Dialogue:
    """Follows one SMTP connection, pipelined or not, and cuts both streams at what matters."""

    def __init__(self) -> None:
        self._asked: deque[bytes] = deque([b"CONNECT"])
        self._command = b""
        self._reply = b""
        self._body = False
        self._tail = b""
        self._halved = False

    def from_client(self, data: bytes) -> Iterator[tuple[Event | None, bytes]]:
        """Pieces, each with the event that happens before it passes."""
        while data:
            if not self._body:
                line, newline, rest = data.partition(b"\n")
                self._command += line + newline
                if newline:
                    self._asked.append(self._command[:4].strip().upper())
                    self._command = b""
                yield None, line + newline
                data = rest
                continue
            seen = self._tail + data
            end = seen.find(END)
            if end < 0:
                if not self._halved:
                    self._halved = True
                    half = len(data) // 2
                    yield None, data[:half]
                    yield Event.BODY, data[half:]
                else:
                    yield None, data
                self._tail = seen[-4:]
                return
            before = end + 2 - len(self._tail)  # up to the dot, which may have begun in the last piece
            if before > 0:
                half = 0 if self._halved else before // 2
                yield None, data[:half]
                yield (None if self._halved else Event.BODY), data[half:before]
            cut = end + len(END) - len(self._tail)
            self._asked.append(b".")
            self._body = False
            yield Event.DOT, data[max(before, 0) : cut]
            data = data[cut:]

    def from_server(self, data: bytes) -> Iterator[tuple[Event | None, bytes]]:
        while data:
            line, newline, data = data.partition(b"\n")
            self._reply += line + newline
            event = None
            if newline:
                if self._reply[3:4] != b"-":
                    verb = self._asked.popleft() if self._asked else b""
                    event = Event.TAKEN if verb == b"." else None
                    if verb == b"DATA" and self._reply.startswith(b"3"):
                        self._body, self._tail, self._halved = True, b"\r\n", False
                self._reply = b""
            yield event, line + newline


class Proxy(Background):
    """Between the product and its relay."""

    def __init__(self, target: int, decide: Decide, *, packet: int = 0, delay: float = 0.0) -> None:
        self.target = target
        self._decide = decide
        self._packet = packet
        self._delay = delay
        self._seen = dict.fromkeys(Event, 0)
        self._clients: set[asyncio.StreamWriter] = set()
        super().__init__()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        upstream, downstream = await asyncio.open_connection("127.0.0.1", self.target)
        dialogue = Dialogue()
        ways = [
            asyncio.ensure_future(self._carry(reader, downstream, dialogue.from_client, writer)),
            asyncio.ensure_future(self._carry(upstream, writer, dialogue.from_server, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if not ways[1].done() and not writer.is_closing():  # what it said last still gets there
                downstream.write_eof()
                await asyncio.wait(ways, timeout=5)
        finally:
            self._clients.discard(writer)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            with contextlib.suppress(Exception):
                downstream.close()

    def cut(self) -> None:
        """Closes every connection, on both sides, wherever it stands."""

        async def cut() -> None:
            for client in list(self._clients):
                client.transport.abort()

        self.call(cut())

    async def _carry(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        follow: Callable[[bytes], Iterator[tuple[Event | None, bytes]]],
        client: asyncio.StreamWriter,
    ) -> None:
        while data := await source.read(1 << 16):
            for event, piece in follow(data):
                if event is not None:
                    await self._broken(event, client, target)
                await self._pass(target, piece)

    async def _broken(self, event: Event, client: asyncio.StreamWriter, target: asyncio.StreamWriter) -> None:
        self._seen[event] += 1
        step = self._decide(event, self._seen[event])
        if step is Break.PASS:
            return
        await target.drain()
        if step is Break.HOLE:
            await asyncio.sleep(3600)
        if step is Break.RESET:
            client.transport.abort()
        raise ConnectionResetError("as the case wants it")

    async def _pass(self, target: asyncio.StreamWriter, piece: bytes) -> None:
        if self._delay:
            await asyncio.sleep(self._delay)
        for start in range(0, len(piece), self._packet or len(piece) or 1):
            target.write(piece[start : start + (self._packet or len(piece))])
            await target.drain()
            if self._packet:
                await asyncio.sleep(0)
