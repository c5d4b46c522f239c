"""A scripted mail server in a thread, for commands that run in the test's own thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.delivery.scripted_server import Script, ScriptedServer, serving


@contextmanager
def relay(script: Script | None = None) -> Iterator[ScriptedServer]:
    """The server on a free port of loopback, until the block ends."""
    ready, made = threading.Event(), []
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        async with serving(script) as server:
            made.append(server)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait(10)
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(10)
        loop.close()
