"""A proxy on loopback that makes an SMTP server distant: every byte comes so many milliseconds later.

``python -m tests.bench.distant PORT TO_PORT MILLISECONDS``; it takes as many bytes a second as before.
"""

from __future__ import annotations

import asyncio
import sys


class _Leg(asyncio.Protocol):
    """One direction of a connection."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.other: asyncio.WriteTransport | None = None
        self.early: list[bytes] = []
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(self.delay, self._pass, data)

    def connection_lost(self, error: Exception | None) -> None:
        asyncio.get_running_loop().call_later(self.delay, self._close)

    def joined(self, other: asyncio.WriteTransport) -> None:
        self.other = other
        for data in self.early:
            other.write(data)

    def _pass(self, data: bytes) -> None:
        if self.other is None:
            self.early.append(data)
        elif not self.other.is_closing():
            self.other.write(data)

    def _close(self) -> None:
        if self.other is not None:
            self.other.close()


async def serve(port: int, to_port: int, delay: float) -> None:
    """Passes on until it is killed."""
    loop = asyncio.get_running_loop()
    joining: set[asyncio.Task[None]] = set()

    class Client(_Leg):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            task = loop.create_task(join(self))
            joining.add(task)
            task.add_done_callback(joining.discard)

    async def join(client: _Leg) -> None:
        _, server = await loop.create_connection(lambda: _Leg(delay), "127.0.0.1", to_port)
        assert client.transport is not None
        assert server.transport is not None
        client.joined(server.transport)
        server.joined(client.transport)

    listening = await loop.create_server(lambda: Client(delay), "127.0.0.1", port)
    await listening.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
