"""What watches over a daemon asks here: metrics, health and readiness, at an address of their own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from feeds.errors import KawarabanError
from feeds.web.health import UNCACHED, health, readiness
from feeds.web.metrics import exposition, registry_of
from feeds.web.server import listen, serve

if TYPE_CHECKING:
    from feeds.service import Service


async def serve_monitor(service: Service, bind: str, stop: asyncio.Event) -> None:
    """Serves ``/metrics``, ``/healthz`` and ``/readyz`` there until ``stop`` is set.

    Raises ConfigurationError where the address cannot be listened at.
    """
    with listen(bind, "[metrics] bind or --metrics") as listener:
        with suppress(KawarabanError):
            await run_in_threadpool(service.figures)  # what counts from now on
        await serve(monitor(service), listener, stop)


def monitor(service: Service) -> Starlette:
    """The application."""
    registry = registry_of(service)

    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        body, media_type = await run_in_threadpool(exposition, registry, accept)
        return Response(body, headers={"Content-Type": media_type, **UNCACHED})

    async def healthz(request: Request) -> Response:
        return health(service)

    async def readyz(request: Request) -> Response:
        return await run_in_threadpool(readiness, service, told=True)

    routes = [Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz)]
    return Starlette(routes=routes)
