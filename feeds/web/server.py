"""uvicorn as we want it: inside the daemon's own loop, without its signals, and with no URL in any log."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from uvicorn import Config, Server

from feeds.errors import ConfigurationError, KawarabanError
from feeds.web.application import application, our_hosts
from feeds.web.audience import Audience
from feeds.web.counted import Counted
from feeds.web.documents import Documents
from feeds.web.protocol import FeedProtocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from feeds.service import Service


log = logging.getLogger(__name__)

_KEEP_COUNTS = 300.0
"""Seconds between two times that the numbers of readers are stored."""


async def serve_pages(service: Service, stop: asyncio.Event) -> None:
    """Serve the pages and feeds of this service at its address until ``stop`` is set.

    Raises ConfigurationError where the address cannot be listened at.
    """
    with listen(service.config.web.bind) as listener:
        await serve_service(service, listener, stop)


async def serve_service(service: Service, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve them on this socket, and store from time to time how many readers there are."""
    documents = Documents(service, Audience(ZoneInfo(service.config.site.timezone)))
    service.vitals.requests = documents.requests
    app = Counted(application(service, documents=documents), documents.requests, service.config.web.base_url)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(app, listener, stop, protocol=_protocol(service, documents)))
        tasks.create_task(_keep_counts(service, documents.audience, stop))


def _protocol(service: Service, documents: Documents) -> Callable[..., FeedProtocol]:
    ours = our_hosts(service)

    @lru_cache(maxsize=256)
    def accepts(host: bytes) -> bool:
        return ours(host.decode("latin-1"))

    return partial(FeedProtocol, documents, accepts)


async def _keep_counts(service: Service, audience: Audience, stop: asyncio.Event) -> None:
    """Stores the numbers of readers every few minutes and at the end."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _KEEP_COUNTS)
        counts = audience.take()
        try:
            await asyncio.to_thread(service.keep_readers, counts)
        except KawarabanError as error:
            log.warning("event=readers_not_kept error=%s", error)
            audience.give_back(counts)


def listen(bind: str, key: str = "[web] bind") -> socket.socket:
    """A socket that listens at ``host:port`` (``[::1]:8400`` for IPv6); port 0 takes a free one.

    Raises ConfigurationError, which names the key that the address is from.
    """
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=1024)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise ConfigurationError(
            f"cannot listen at {bind}: {reason}; "
            f"end what else listens there, or give another address in {key}"
        ) from None


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    stop: asyncio.Event,
    *,
    protocol: Callable[..., asyncio.Protocol] | None = None,
) -> None:
    """Serve the application on this socket until ``stop`` is set and the answers under way are out.

    ``X-Forwarded-For`` counts only from a proxy on loopback, which is uvicorn's default: the rate of
    sign-ups depends on it.
    """
    server = _Server(
        Config(
            app,
            http=cast("type[asyncio.Protocol]", protocol or "httptools"),
            ws="none",
            lifespan="off",
            access_log=False,  # URLs carry tokens
            log_config=None,
            log_level="warning",
            server_header=False,
            date_header=False,  # the guard and the protocol date each answer when it leaves
            timeout_graceful_shutdown=5,
        )
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve(sockets=[listener]))
        await stop.wait()
        server.should_exit = True


class _Server(Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to the daemon, which lets mail on the wire finish first."""
        yield
