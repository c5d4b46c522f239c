"""The parts side by side, from the first scan until what is on the wire has finished."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from feeds.daemon.beats import Beats
from feeds.daemon.following import follow, heed, watch
from feeds.daemon.publishing import Publishing
from feeds.daemon.scheduler import USUAL, Job, Rhythm, scheduler_of
from feeds.daemon.sending import Sending
from feeds.daemon.watcher import QUIET, Waiting
from feeds.service import Service

log = logging.getLogger(__name__)

PARTS = frozenset({"web", "scheduler", "delivery"})
"""What a daemon consists of; several processes may each run some."""

Companion = Callable[[Service, asyncio.Event], Coroutine[None, None, None]]
"""Runs beside the beats until the event is set: what is on the wire has finished by then."""

Pages = Callable[[Service, asyncio.Event], Coroutine[None, None, None]]
"""Serves the pages for readers until the event is set: the daemon was told to stop."""


async def serve(
    config_path: Path,
    parts: frozenset[str] = PARTS,
    *,
    pages: Pages,
    companions: Sequence[Companion] = (),
    rhythm: Rhythm = USUAL,
    stop: asyncio.Event | None = None,
    ready: asyncio.Event | None = None,
) -> None:
    """Runs these parts until ``stop`` is set; ``ready`` is set once the feeds are there.

    ``companions`` run beside them, whichever parts there are.

    Raises Busy where another daemon runs one of them, and ConfigurationError where it must not mail.
    """
    with ExitStack() as stack:
        service = stack.enter_context(Service.open(config_path))
        service.watch()
        for part in sorted(parts):
            stack.enter_context(service.alone(part))
        if "delivery" in parts and service.mails:
            service.refuse_to_mail()
        daemon = _Daemon(service, parts, rhythm, stop or asyncio.Event())
        await daemon.run(pages, companions, ready or asyncio.Event())


class _Daemon:
    """The parts of one process, and what they share."""

    def __init__(self, service: Service, parts: frozenset[str], rhythm: Rhythm, stop: asyncio.Event) -> None:
        self._service = service
        self._parts = parts
        self._rhythm = rhythm
        self._stop = stop
        self._beats = Beats(service.vitals)
        self._waiting = Waiting(QUIET.total_seconds())
        self._publishing = Publishing(service, self._beats, self._waiting)
        self._sending = Sending(service, self._beats, stop)

    async def run(self, pages: Pages, companions: Sequence[Companion], ready: asyncio.Event) -> None:
        """Until the stop event is set, and what is on the wire then has finished."""
        scheduler = scheduler_of(self._jobs(), self._service.vitals)
        if "scheduler" in self._parts:
            await self._publishing.begin()
        async with asyncio.TaskGroup() as tasks:
            following = self._follow(tasks) if "scheduler" in self._parts else None
            if "web" in self._parts:
                tasks.create_task(pages(self._service, self._stop))
            ended = asyncio.Event()
            for companion in companions:
                tasks.create_task(companion(self._service, ended))
            scheduler.start()
            log.info("event=started parts=%s", ",".join(sorted(self._parts)))
            ready.set()
            await self._stop.wait()
            self._service.vitals.draining = True
            self._sending.end()
            if following is not None:
                following.cancel()
            scheduler.pause()
            await self._beats.finished()  # a shutdown would cancel them in the middle
            scheduler.shutdown(wait=False)
            ended.set()
        await asyncio.get_running_loop().shutdown_default_executor()  # beats that had begun
        log.info("event=stopped")

    def _follow(self, tasks: asyncio.TaskGroup) -> asyncio.Task[None]:
        """Begins to watch; returns the task that does not end by itself."""
        tasks.create_task(watch(self._service, self._waiting, self._stop, pause=self._rhythm.rescan))
        tasks.create_task(heed(self._service, self._waiting, self._stop))
        return tasks.create_task(follow(self._publishing, self._beats, self._waiting))

    def _jobs(self) -> Iterator[Job]:
        if "scheduler" in self._parts:
            yield Job("scan", self._publishing.scan, self._rhythm.rescan)
            yield Job("compose", self._publishing.compose, self._rhythm.compose)
            yield Job("housekeeping", self._publishing.tidy, self._rhythm.housekeeping)
        if "delivery" in self._parts:
            yield Job("deliver", self._sending.deliver, self._rhythm.deliver)
            if self._service.config.bounces.maildir:
                yield Job("bounces", self._sending.read_bounces, self._rhythm.bounces)
