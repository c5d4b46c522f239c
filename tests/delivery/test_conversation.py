"""A conversation over a real connection, with a server that says what it is told."""

from __future__ import annotations

import asyncio
import contextlib

from feeds.delivery.conversation import Conversation
from feeds.delivery.replies import Phase
from feeds.delivery.timeouts import Timeouts


class Heard(Conversation):
    """Keeps what it hears."""

    def __init__(self, transport: asyncio.Transport, timeouts: Timeouts) -> None:
        super().__init__(transport, timeouts)
        self.broken: asyncio.Future[str] = self.loop.create_future()

    def replied(self, phase: Phase, code: int, text: bytes) -> None:
        """Is not reached."""

    def unasked(self, code: int, text: bytes) -> None:
        """Is not reached."""

    def broke(self, reason: str) -> None:
        if not self.broken.done():
            self.broken.set_result(reason)
            self.drop()


def test_a_reply_that_comes_byte_by_byte_is_late_all_the_same() -> None:
    left: asyncio.Event

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"250-")
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(100), 0.02)
        writer.close()
        left.set()

    async def go() -> str:
        nonlocal left
        left = asyncio.Event()
        server = await asyncio.start_server(drip, "127.0.0.1", 0)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, *server.sockets[0].getsockname())
        heard = Heard(transport, Timeouts(connect=2, command=0.3, data=0.3, dot=0.3, parting=0.3))
        transport.set_protocol(heard)
        heard.watch()
        heard.write(b"RSET\r\n", (Phase.RSET,))
        try:
            return await asyncio.wait_for(heard.broken, 5)
        finally:
            heard.drop()
            await left.wait()
            server.close()
            await server.wait_closed()

    assert asyncio.run(go()) == "it took too long"
