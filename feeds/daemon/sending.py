"""The beats that deliver, and read what comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from feeds.errors import RestoredCopy

if TYPE_CHECKING:
    from feeds.daemon.beats import Beats
    from feeds.service import Service

log = logging.getLogger(__name__)


class Sending:
    """What is due goes out, until the event is set."""

    def __init__(self, service: Service, beats: Beats, stop: asyncio.Event) -> None:
        self._service = service
        self._beats = beats
        self._stop = stop
        self._stop_sending: Callable[[], None] = lambda: None
        self._said = False
        """Whether the log has it already that nothing is mailed."""

    async def deliver(self) -> None:
        """Sends what is due."""
        await self._beats.beat("deliver", self._deliver)

    def _deliver(self) -> None:
        if self._service.mails and not self._is_copy() and self._service.anything_to_send():
            self._service.deliver(on_start=self._keep)

    async def read_bounces(self) -> None:
        """Takes in the reports that the mail server delivered, beside a send, which heeds them."""
        stopped = self._stop.is_set
        await self._beats.beat("bounces", lambda: self._service.read_bounces(stopped=stopped))

    def end(self) -> None:
        """No further message begins; those on the wire finish."""
        self._stop_sending()

    def _keep(self, stop_sending: Callable[[], None]) -> None:
        self._stop_sending = stop_sending
        if self._stop.is_set():
            stop_sending()

    def _is_copy(self) -> bool:
        """Whether the database is a copy, which is said once: its owner takes it into use or does not."""
        try:
            self._service.instance.refuse_a_copy()
        except RestoredCopy as error:
            if not self._said:
                log.warning("event=nothing_is_mailed reason=%s", error)
            self._said = True
            return True
        self._said = False
        return False
