"""The application: the table of routes, and what goes around all of them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from feeds.errors import Busy, InvalidToken
from feeds.web.confirm import confirm, show_confirm
from feeds.web.documents import Documents
from feeds.web.embed import show_embed
from feeds.web.feeds import show_feeds
from feeds.web.guard import Guard, hosts_of
from feeds.web.health import health, readiness
from feeds.web.pages import Pages
from feeds.web.preferences import save_preferences, show_preferences
from feeds.web.rates import SignUpRate
from feeds.web.signup import show_signup, sign_up
from feeds.web.unsubscribe import show_unsubscribe, unsubscribe
from feeds.web.validators import matches

if TYPE_CHECKING:
    from feeds.service import Service

Body = TypeVar("Body")
Show = Callable[[Pages, Request], Response]
Act = Callable[[Pages, Request, Body], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def application(
    service: Service,
    *,
    documents: Documents | None = None,
    rate: SignUpRate | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Starlette:
    """The pages and feeds of this service, as an ASGI application."""
    pages = Pages(service)
    signing_up = _slowed(pages, rate or SignUpRate(), clock, _form_page(pages, show_signup, sign_up))
    routes = [
        _route("/", _page(pages, show_signup)),
        _route("/subscribe", signing_up, post=True),
        _route("/confirm/{token}", _form_page(pages, show_confirm, confirm), post=True),
        _route("/preferences/{token}", _form_page(pages, show_preferences, save_preferences), post=True),
        _route("/unsubscribe/{token}", _body_page(pages, show_unsubscribe, unsubscribe), post=True),
        _route("/embed", _page(pages, show_embed)),
        _route("/feeds", _page(pages, show_feeds)),
        _route("/feeds/", _page(pages, show_feeds)),
        _route("/static/kawaraban.css", _page(pages, _show_stylesheet)),
        *(_route(path, _page(pages, _show_health)) for path in ("/health", "/healthz")),
        *(_route(path, _page(pages, _show_ready)) for path in ("/ready", "/readyz")),
    ]
    guard = Middleware(Guard, accepts=our_hosts(service), prefix=pages.prefix, error=pages.error)
    made = Starlette(routes=routes, middleware=[guard], exception_handlers=_handlers(pages))
    made.router.redirect_slashes = False  # a mail program does not follow redirects (RFC 8058 §3.1)
    made.router.default = documents or Documents(service)
    return made


def our_hosts(service: Service) -> Callable[[str], bool]:
    """Tells whether a ``Host`` header names us; a proxy may pass on the feeds of the site's own host."""
    web, site = service.config.web, service.config.site
    return hosts_of(web.bind, web.base_url, site.url)


def _route(path: str, endpoint: Endpoint, *, post: bool = False) -> Route:
    return Route(path, endpoint, methods=["GET", "POST"] if post else ["GET"])


def _page(pages: Pages, show: Show) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(show, pages, request)

    return endpoint


def _form_page(pages: Pages, show: Show, act: Act[FormData]) -> Endpoint:
    """GET and HEAD show, POST acts with the form."""

    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(show, pages, request)
        async with request.form(max_files=4) as form:
            return await run_in_threadpool(act, pages, request, form)

    return endpoint


def _body_page(pages: Pages, show: Show, act: Act[bytes]) -> Endpoint:
    """GET and HEAD show, POST acts with the body."""

    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(show, pages, request)
        body = await request.body()
        return await run_in_threadpool(act, pages, request, body)

    return endpoint


def _slowed(pages: Pages, rate: SignUpRate, clock: Callable[[], float], endpoint: Endpoint) -> Endpoint:
    """The endpoint, but for clients that POST too often."""

    async def slowed(request: Request) -> Response:
        if request.method == "POST":
            seconds = rate.wait(request.client.host if request.client else "", clock())
            if seconds:
                raise HTTPException(429, headers={"Retry-After": str(seconds)})
        return await endpoint(request)

    return slowed


def _handlers(pages: Pages) -> dict[object, Callable[..., Response]]:
    def refused(request: Request, error: HTTPException) -> Response:
        return pages.error(request, error.status_code, headers=error.headers)

    def invalid(request: Request, error: InvalidToken) -> Response:
        return pages.invalid_link(request, request.scope["path"].split("/")[1])

    def busy(request: Request, error: Busy) -> Response:
        return pages.error(request, 503, headers={"Retry-After": "5"})

    return {HTTPException: refused, InvalidToken: invalid, Busy: busy}


def _show_stylesheet(pages: Pages, request: Request) -> Response:
    css = pages.stylesheet()
    etag = f'"{hashlib.sha256(css.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=3600"}
    if matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    return Response(css, media_type="text/css", headers=headers)


def _show_health(pages: Pages, request: Request) -> Response:
    return health(pages.service)


def _show_ready(pages: Pages, request: Request) -> Response:
    return readiness(pages.service)
