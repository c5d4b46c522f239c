"""A browser window that takes pictures of whole pages and measures what scrolls sideways."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.screenshots.palette import reduced
from tests.web.browser import Browser

PHONE, DESK = 320, 1280
"""Widths in CSS pixels; the narrow one is what WCAG 1.4.10 asks for."""

_VIEWPORT = 800
_SIZE = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"


class Camera:
    """Pictures go into one folder; ``taken`` and ``sideways`` remember what was seen."""

    def __init__(self, window: Browser, folder: Path) -> None:
        self.window = window
        self.taken: list[Path] = []
        self.sideways: list[str] = []
        """What scrolls sideways, with its width."""
        self._folder = folder
        self._dark = False

    def open(self, url: str, *, dark: bool = False) -> None:
        """Show the page at this address."""
        self._dark = dark
        self.window.open(url, width=PHONE, dark=dark)

    def take(self, name: str) -> None:
        """Pictures of what the window shows, on a phone and on a desk."""
        for width in (PHONE, DESK):
            self._resize(width)
            self._take(f"{name}-{'dark-' if self._dark else ''}{width}", width)

    def _take(self, name: str, width: int) -> None:
        seen, height = self.window.evaluate(_SIZE)
        if seen > width:
            self.sideways.append(f"{name} is {seen} pixels wide in a window of {width}")
        # A clip, and not a taller window: heights in the style sheet may depend on the window's.
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self.window.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file = self._folder / f"{name}.png"
        file.write_bytes(reduced(base64.b64decode(shot["data"])))
        self.taken.append(file)

    def _resize(self, width: int) -> None:
        self.window.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=_VIEWPORT,
            deviceScaleFactor=1,
            mobile=True,
        )
