"""The server: it ends when it is told, says what is wrong with its address, and logs no URL."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

import httpx
import pytest

from feeds.errors import ConfigurationError
from feeds.model.subscriber import SubscriberState
from feeds.web.application import application
from feeds.web.server import listen, serve
from tests.web.standin import StandIn


def test_an_address_in_use_is_named_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match=rf"{bind}: Address already in use; .*\[web\] bind"):
            listen(bind)


def test_the_server_answers_until_it_is_told_to_stop(
    service: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED)
    caplog.set_level(logging.DEBUG, "uvicorn")

    async def life() -> httpx.Response:
        stop = asyncio.Event()
        with listen("127.0.0.1:0") as listener:
            serving = asyncio.create_task(serve(application(service), listener, stop))
            port = listener.getsockname()[1]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
                answer = await http.post("/unsubscribe/unsubscribe-1", data={"List-Unsubscribe": "One-Click"})
            assert signal.getsignal(signal.SIGTERM) is before
            stop.set()
            await asyncio.wait_for(serving, 5)
        return answer

    before = signal.getsignal(signal.SIGTERM)
    answer = asyncio.run(life())
    assert answer.text == "Unsubscribed.\n"
    assert "server" not in answer.headers
    logged = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in logged if "unsubscribe-1" in line]
