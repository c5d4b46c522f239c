"""What holds for every request: the host is ours, the body is small, the answer says what browsers may do."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feeds.web.validators import date_now

log = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024
"""Bytes; a form of ours is smaller than this by far."""

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' https: data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""For pages whose URL carries a token."""

_TOKEN_PAGES = ("/confirm/", "/preferences/", "/unsubscribe/")
_PROBES = ("/health", "/healthz", "/ready", "/readyz")


class Guard:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        accepts: Callable[[str], bool],
        prefix: str,
        error: Callable[[Request, int], Response],
    ) -> None:
        self._app, self._accepts, self._prefix, self._error = app, accepts, prefix, error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = _without_prefix(scope, self._prefix)
        answer = _Answer(send, scope["path"])
        hosts = Headers(scope=scope).getlist("host")
        # Two of them would mean two things to a proxy and to us (RFC 9112 §3.2).
        if len(hosts) > 1 or (scope["path"] not in _PROBES and not self._accepts("".join(hosts))):
            await self._error(Request(scope), 400)(scope, receive, answer)
            return
        try:
            await self._app(scope, _limited(scope, receive), answer)
        except Exception:
            if answer.started:
                raise
            # The path stays out of the log: it may carry a token.
            log.exception("event=page_failed method=%s", scope["method"])
            await self._error(Request(scope), 500)(scope, receive, answer)


class _Answer:
    """The way out: adds the headers that the endpoint did not set itself."""

    def __init__(self, send: Send, path: str) -> None:
        self._send = send
        self._headers = HEADERS | PRIVATE if path.startswith(_TOKEN_PAGES) else HEADERS
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            # When it is sent, and not when it was asked for: no answer may be older than what it carries.
            message["headers"] = [*message.get("headers", ()), (b"date", date_now())]
            # A 304 changes the headers of what the client has (RFC 9111 §3.2), and those were right.
            if message["status"] != 304:
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
        await self._send(message)


def _without_prefix(scope: Scope, prefix: str) -> Scope:
    """The scope as if the pages lay at the root, whether or not the proxy in front cut their path off."""
    if prefix and scope["path"].startswith(f"{prefix}/"):
        return {**scope, "path": scope["path"][len(prefix) :], "prefix": prefix}
    return scope


def _limited(scope: Scope, receive: Receive) -> Receive:
    """The body up to the limit; past it, 413."""
    declared = Headers(scope=scope).get("content-length", "0")
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        if declared.isdigit() and int(declared) > LARGEST_BODY:
            raise HTTPException(413)
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(413)
        return message

    return limited


def hosts_of(bind: str, *urls: str) -> Callable[[str], bool]:
    """Tells whether a ``Host`` header names us: the host of one of these URLs, the bound one, or loopback.

    Ports are not compared, as proxies change them. Bound to every interface, any bare IP address is
    accepted: no name can be made to point at us by somebody else that way.
    """
    bound = _name(bind)
    ours = {*(_name(urlsplit(url).netloc) for url in urls), bound, "localhost"} - {""}
    everywhere = bound in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound to

    def accepts(host: str) -> bool:
        name = _name(host)
        if name in ours:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return everywhere or address.is_loopback

    return accepts


def _name(host: str) -> str:
    """The host without its port, brackets and final dot, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].rstrip(".").lower()
