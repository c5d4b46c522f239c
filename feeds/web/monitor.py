"""What watches over a daemon asks here: metrics, health and readiness, at an address of their own."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from feeds.errors import KawarabanError

if TYPE_CHECKING:
    from feeds.service import Service

_UNCACHED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def serve_monitor(service: Service, bind: str, stop: asyncio.Event) -> None:
    """Serves ``/metrics``, ``/healthz`` and ``/readyz`` there until ``stop`` is set.

    Raises ConfigurationError where the address cannot be listened at.
    """
    from feeds.web.server import listen, serve

    with listen(bind, "[metrics] bind or --metrics") as listener:
        with suppress(KawarabanError):
            await run_in_threadpool(service.figures)  # what counts from now on
        await serve(monitor(service), listener, stop)


def monitor(service: Service) -> Starlette:
    """The application."""
    from feeds.web.metrics import exposition, registry_of

    registry = registry_of(service)

    async def metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        body, media_type = await run_in_threadpool(exposition, registry, accept)
        return Response(body, headers={"Content-Type": media_type, **_UNCACHED})

    async def healthz(request: Request) -> Response:
        return health(service)

    async def readyz(request: Request) -> Response:
        return await run_in_threadpool(readiness, service, told=True)

    routes = [Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz)]
    return Starlette(routes=routes)


def health(service: Service) -> Response:
    """200 while the process answers and every beat happens; 503 names the beats that are late."""
    late = service.vitals.late()
    said: dict[str, object] = {"status": "late", "beats": list(late)} if late else {"status": "ok"}
    return JSONResponse(said, 503 if late else 200, headers=_UNCACHED)


def readiness(service: Service, *, told: bool = False) -> Response:
    """200 once the database answers and the first scan is done, until the daemon is told to stop.

    A copy that nobody took into use is ready for readers; who watches is ``told`` that it mails nobody.
    """
    mail = ""
    try:
        why = service.not_ready()
        if told and not why:
            mail = service.why_no_mail()
    except KawarabanError:
        why = "the database does not answer"
    said = {"status": "not ready", "reason": why} if why else {"status": "ready"}
    if mail:
        said["mail"] = f"nothing is mailed: {mail}"
    return JSONResponse(said, 503 if why else 200, headers=_UNCACHED)
