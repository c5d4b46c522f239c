"""uvicorn as we want it: inside the daemon's own loop, without its signals, and with no URL in any log."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

from uvicorn import Config, Server

from feeds.errors import ConfigurationError
from feeds.web.application import application

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from feeds.service import Service


async def serve_pages(service: Service, stop: asyncio.Event) -> None:
    """Serve the pages and feeds of this service at its address until ``stop`` is set.

    Raises ConfigurationError where the address cannot be listened at.
    """
    with listen(service.config.web.bind) as listener:
        await serve(application(service), listener, stop)


def listen(bind: str) -> socket.socket:
    """A socket that listens at ``host:port`` (``[::1]:8400`` for IPv6); port 0 takes a free one."""
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, int(port)), family=family, backlog=1024)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        raise ConfigurationError(
            f"cannot listen at {bind}: {reason}; "
            "end what else listens there, or give another address in [web] bind"
        ) from None


async def serve(app: ASGIApp, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve the application on this socket until ``stop`` is set and the answers under way are out.

    ``X-Forwarded-For`` counts only from a proxy on loopback, which is uvicorn's default: the rate of
    sign-ups depends on it.
    """
    server = _Server(
        Config(
            app,
            lifespan="off",
            access_log=False,  # URLs carry tokens
            log_config=None,
            log_level="warning",
            server_header=False,
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
