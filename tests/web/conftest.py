"""The application over the stand-in, and a client that calls it without a network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from feeds.config import load
from feeds.web.application import application
from feeds.web.documents import Documents
from feeds.web.rates import SignUpRate
from feeds.web.shelf import Shelf
from tests.web.standin import StandIn

CONFIGURATION = """
[site]
title = "瓦版マガジン"
url = "https://magazine.example"
language = "ja"
timezone = "Asia/Tokyo"
description = "道具と庭と本のことを、毎週すこしずつ"
[mail]
from = "瓦版編集部 <news@magazine.example>"
postal_address = "〒104-0061 東京都中央区銀座0-0-0"
[web]
base_url = "https://mail.magazine.example"
"""
HOST = "https://mail.magazine.example"


class Client:
    """A browser without cookies that follows no redirect; requests run one after the other."""

    def __init__(self, app: ASGIApp, base_url: str = HOST) -> None:
        self.app, self.base_url = app, base_url

    def request(self, method: str, url: str, *, client: str = "192.0.2.1", **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(client, 40000))

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url=self.base_url) as http:
                return await http.request(method, url, **more)

        return asyncio.run(ask())

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.request("GET", url, **more)

    def head(self, url: str, **more: Any) -> httpx.Response:
        return self.request("HEAD", url, **more)

    def post(self, url: str, **more: Any) -> httpx.Response:
        return self.request("POST", url, **more)


@pytest.fixture
def service(tmp_path: Path) -> StandIn:
    file = tmp_path / "kawaraban.toml"
    file.write_text(CONFIGURATION, "utf-8")
    return StandIn(load(file), tmp_path)


@pytest.fixture
def clock() -> SimpleNamespace:
    return SimpleNamespace(now=0.0)


@pytest.fixture
def client(service: StandIn, clock: SimpleNamespace) -> Client:
    documents = Documents(service, shelf=Shelf(clock=lambda: clock.now))
    rate = SignUpRate(burst=5, seconds=60)
    return Client(application(service, documents=documents, rate=rate, clock=lambda: clock.now))
