"""A browser without a network: it asks the application itself."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from starlette.types import ASGIApp


class Browser:
    """Follows no redirect and keeps no cookies; requests run one after the other."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self._app, self._base_url = app, base_url

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=True, client=("192.0.2.1", 40000))

        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url=self._base_url) as http:
                return await http.request(method, url, **more)

        return asyncio.run(once())

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.ask("GET", url, **more)
