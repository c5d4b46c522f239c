"""The pages and feeds of a publication by HTTP, with a count of the answers."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from feeds.service import Service
from feeds.web.application import application
from feeds.web.server import listen, serve
from tests.acceptance.publication import Publication

Answers = Counter[tuple[str, int]]
"""How often each program got each status."""


@contextmanager
def serving(publication: Publication, bind: str) -> Iterator[Answers]:
    """The real server in a thread of its own, until the block ends."""
    answers: Answers = Counter()
    stop, loop = asyncio.Event(), asyncio.new_event_loop()

    def run() -> None:
        with Service.open(publication.config) as service, listen(bind) as listener:
            ready.set()
            loop.run_until_complete(serve(_counted(application(service), answers), listener, stop))

    ready = threading.Event()
    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(20)
        yield answers
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def _counted(app: Any, answers: Answers) -> Any:
    async def counted(scope: Any, receive: Any, send: Any) -> None:
        agent = dict(scope.get("headers", ())).get(b"user-agent", b"").decode("latin-1").split("/")[0]

        async def count_and_send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answers[agent, message["status"]] += 1
            await send(message)

        await app(scope, receive, count_and_send)

    return counted
