"""What a browser makes of the pages; skipped where there is no Chromium."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.model.subscriber import SubscriberState
from feeds.web.application import application
from feeds.web.server import listen, serve
from tests.web.browser import Browser, browser, chromium
from tests.web.standin import StandIn

PAGES = [
    "/",
    "/confirm/confirm-1",
    "/preferences/preferences-2",
    "/unsubscribe/unsubscribe-2",
    "/feeds/",
    "/embed",
    "/x",
]

CONTRAST = """
(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const low = [];
  for (const e of document.body.querySelectorAll("*")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(e.tagName + " " + ratio.toFixed(2) + " " + e.textContent.trim().slice(0, 30));
  }
  return low;
})()
"""


@pytest.fixture
def address(service: StandIn) -> Iterator[str]:
    """The pages on a real socket, by the server that the daemon uses."""
    service.add("taro@yamada.example", SubscriberState.PENDING)
    service.add("hanako@suzuki.example", SubscriberState.CONFIRMED, "garden", "読書", "winter")
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    with listen("127.0.0.1:0") as listener:
        pages = serve(application(service), listener, stop)
        thread = threading.Thread(target=loop.run_until_complete, args=(pages,))
        thread.start()
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
        loop.call_soon_threadsafe(stop.set)
        thread.join()
    loop.close()


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("there is no Chromium on this machine")
    with browser(tmp_path / "profile") as page:
        yield page


def test_no_page_scrolls_sideways_and_all_text_has_contrast(address: str, window: Browser) -> None:
    for path in PAGES:
        for language in ("ja", "en"):
            for width, dark in ((320, False), (320, True), (1280, False)):
                window.open(f"{address}{path}?lang={language}", width=width, dark=dark)
                assert window.evaluate("document.documentElement.scrollWidth") <= width, (path, language)
                assert window.evaluate(CONTRAST) == [], (path, language, dark)  # WCAG 2 AA, 1.4.3


def test_the_list_of_categories_opens_without_javascript(address: str, window: Browser) -> None:
    window.open(address, width=320)
    visible = "document.querySelector('.categories').checkVisibility()"
    assert window.evaluate(visible) is False
    window.evaluate("document.querySelector('input[value=some]').click()")
    assert window.evaluate(visible) is True
