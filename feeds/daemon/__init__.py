"""The daemon: APScheduler beats, and each beat does what is due in the database.

Nothing hangs on the scheduler: its jobs are the same few interval jobs after every start, kept in
memory, and a beat that is late, doubled or lost changes nothing (facts: a default misfire grace of
one second would drop it, so there is none). A file watcher wakes the scan early; that every change
is found rests on the rescan.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feeds.daemon.watcher import EVERYWHERE, Waiting, alterations, changes
from feeds.errors import KawarabanError, PostsMissing, RestoredCopy, Standby
from feeds.processes import helpers
from feeds.service import Service

if TYPE_CHECKING:
    from apscheduler.events import JobEvent
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from feeds.service.vitals import Vitals

log = logging.getLogger(__name__)

PARTS = frozenset({"web", "scheduler", "delivery"})
"""What a daemon consists of; several processes may each run some."""

_QUIET = timedelta(seconds=0.5)
"""How long a file must lie unchanged before it counts as whole."""

_GLANCE = 1.0
"""Seconds between looks at the generator's configuration, which costs a few calls of the system."""

_REST = 50
"""How many times as long as a rescan took there is none."""


Companion = Callable[[Service, asyncio.Event], Coroutine[None, None, None]]
"""Runs beside the beats until the event is set: what is on the wire has finished by then."""

Pages = Callable[[Service, asyncio.Event], Coroutine[None, None, None]]
"""Serves the pages for readers until the event is set: the daemon was told to stop."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between beats."""

    rescan: float = 60.0
    """The watcher wakes the scan much earlier; this is for what it misses."""
    compose: float = 2.0
    deliver: float = 2.0
    bounces: float = 10.0
    housekeeping: float = 3600.0


async def serve(
    config_path: Path,
    parts: frozenset[str] = PARTS,
    *,
    pages: Pages,
    companions: Sequence[Companion] = (),
    rhythm: Rhythm = Rhythm(),
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


def run(config_path: Path, parts: frozenset[str], pages: Pages, companions: Sequence[Companion] = ()) -> int:
    """Runs the daemon until SIGTERM or Ctrl-C, which let what is on the wire finish."""

    async def until_told() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, _told, name, stop)
        await serve(config_path, parts, pages=pages, companions=companions, stop=stop)

    try:
        cores = len(os.sched_getaffinity(0))
        with helpers(cores if cores > 1 and "scheduler" in parts else 0):
            asyncio.run(until_told())
    except BaseExceptionGroup as group:
        wrong: BaseException | None = group.subgroup(KawarabanError)
        while isinstance(wrong, BaseExceptionGroup):
            wrong = wrong.exceptions[0]
        if wrong is None:
            raise
        raise wrong from None  # an address that is taken is a sentence, not a traceback
    return 0


def _told(name: signal.Signals, stop: asyncio.Event) -> None:
    """The first signal asks, the second one kills."""
    if stop.is_set():
        signal.signal(name, signal.SIG_DFL)
        signal.raise_signal(name)
    log.info("event=stopping signal=%s", name.name)
    stop.set()


class _Daemon:
    """The jobs of one process, and what they share."""

    def __init__(self, service: Service, parts: frozenset[str], rhythm: Rhythm, stop: asyncio.Event) -> None:
        self._service = service
        self._parts = parts
        self._rhythm = rhythm
        self._stop = stop
        self._stop_sending: Callable[[], None] = lambda: None
        self._waiting = Waiting(_QUIET.total_seconds())
        self._rescan_after = 0.0
        self._said = False
        """Whether the log has it already that nothing is mailed."""
        self._broken: list[str] = []
        """What the log has of the generator's configuration."""
        self._beats: set[asyncio.Task[Any]] = set()
        """Those at work."""

    async def run(self, pages: Pages, companions: Sequence[Companion], ready: asyncio.Event) -> None:
        """Until the stop event is set, and what is on the wire then has finished."""
        self._loop = asyncio.get_running_loop()
        scheduler = self._scheduler()
        if "scheduler" in self._parts:
            if self._service.not_ready():
                await asyncio.sleep(_QUIET.total_seconds())  # what was there before us is old, not new
            await self._scan()
        following: asyncio.Task[None] | None = None
        async with asyncio.TaskGroup() as tasks:
            if "scheduler" in self._parts:
                tasks.create_task(self._watch())
                tasks.create_task(self._heed())
                following = tasks.create_task(self._follow())
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
            self._stop_sending()
            if following is not None:
                following.cancel()
            scheduler.pause()
            if self._beats:
                await asyncio.wait(self._beats)  # a shutdown would cancel them in the middle
            scheduler.shutdown(wait=False)
            ended.set()
        await asyncio.get_running_loop().shutdown_default_executor()  # beats that had begun
        log.info("event=stopped")

    def _scheduler(self) -> AsyncIOScheduler:
        from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        # coalesce and no misfire grace: a beat that comes late comes once, and is never dropped.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        scheduler = AsyncIOScheduler(job_defaults=defaults, timezone="UTC")
        rhythm = self._rhythm
        jobs: list[tuple[str, Callable[[], Coroutine[None, None, None]], float]] = []
        if "scheduler" in self._parts:
            jobs += [("scan", self._scan, rhythm.rescan), ("compose", self._compose, rhythm.compose)]
            jobs += [("housekeeping", self._tidy, rhythm.housekeeping)]
        if "delivery" in self._parts:
            jobs += [("deliver", self._deliver, rhythm.deliver)]
            if self._service.config.bounces.maildir:
                jobs += [("bounces", self._bounces, rhythm.bounces)]
        for name, work, seconds in jobs:
            scheduler.add_job(work, "interval", seconds=seconds, id=name)
            self._service.vitals.expect(name, seconds)
        reasons = {
            EVENT_JOB_MISSED: "missed",
            EVENT_JOB_MAX_INSTANCES: "at_work",
            EVENT_JOB_ERROR: "error",
        }
        listener = partial(_skipped, self._service.vitals, reasons)
        scheduler.add_listener(listener, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        return scheduler

    # Beats: each does all that is due, and loses nothing when it is skipped -----------------------

    async def _scan(self) -> None:
        """Looks at the whole folder, which takes a second for 100,000 files: then at longer intervals."""
        started = time.monotonic()
        if started >= self._rescan_after:
            await self._beat("scan", self._build)
            self._rescan_after = started + _REST * (time.monotonic() - started)
        self._service.vitals.alive("scan")

    async def _compose(self) -> None:
        """Composes what is due; first scans where time alone made a post visible or mailable."""

        def compose() -> None:
            vitals = self._service.vitals
            if not vitals.doubt and self._service.anything_ripe():
                self._build(places=())
            if vitals.doubt:
                return  # what is mailed cannot be taken back
            for issue in self._service.compose():
                log.info("event=composed issue=%d", issue)

        await self._beat("compose", compose)

    def _build(self, places: Iterable[str] | None = None) -> None:
        """Brings what changed at these places, or anywhere, into the feeds."""
        try:
            self._scan_and_publish(places)
        except Standby:
            self._doubt("")  # whoever has the posts publishes
            raise
        except PostsMissing as error:
            self._service.vitals.count("scans", "failed")
            self._doubt(str(error))

    def _scan_and_publish(self, places: Iterable[str] | None) -> None:
        vitals = self._service.vitals
        if (places is None or self._service.are_settings(places)) and self._is_told_otherwise():
            places = None
        if vitals.doubt:
            places = None  # only a look at the whole folder can say that it is what it was
        try:
            report = self._service.build(quiet=_QUIET, places=places)
        except (Standby, PostsMissing):
            raise
        except Exception:
            vitals.count("scans", "failed")
            raise
        vitals.count("scans", "done")
        self._doubt("")
        vitals.count("documents_written", number=len(report.publish.written))
        if report.scan.unsettled:
            again = partial(self._waiting.add, report.scan.unsettled, wait=_QUIET.total_seconds() / 2)
            self._loop.call_soon_threadsafe(again)
        if report.publish.written:
            scan, written = report.scan, len(report.publish.written)
            log.info(
                "event=published new=%d changed=%d gone=%d written=%d",
                scan.new,
                scan.changed,
                scan.gone,
                written,
            )

    def _doubt(self, why: str) -> None:
        """Notes why the posts folder is not believed, if it is not; the log has the beginning and the end."""
        vitals = self._service.vitals
        if why and not vitals.doubt:
            log.warning("event=posts_missing error=%s", why)
        elif vitals.doubt and not why:
            log.info("event=posts_no_longer_missing")
        vitals.doubt = why

    def _is_told_otherwise(self) -> bool:
        """Whether the generator's configuration says something else; one that got broken is named once."""
        changed, broken = self._service.heed_generator()
        if broken != self._broken:
            for complaint in broken:
                log.warning("event=generator_configuration_broken error=%s", complaint)
            self._broken = broken
        if changed:
            log.info("event=generator_configuration_changed")
        return changed

    async def _deliver(self) -> None:
        """Sends what is due."""

        def deliver() -> None:
            if self._service.mails and not self._is_copy() and self._service.anything_to_send():
                self._service.deliver(on_start=self._keep)

        await self._beat("deliver", deliver)

    async def _bounces(self) -> None:
        """Takes in the reports that the mail server delivered, beside a send, which heeds them."""
        stopped = self._stop.is_set
        await self._beat("bounces", lambda: self._service.read_bounces(stopped=stopped))

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

    async def _tidy(self) -> None:
        """Removes what nobody needs any more."""
        await self._beat("housekeeping", self._service.tidy)

    async def _beat(self, name: str, work: Callable[[], object]) -> None:
        """Runs the work in a thread. Whatever goes wrong is logged, and the next beat tries again."""
        task = asyncio.current_task()
        assert task is not None
        self._beats.add(task)
        vitals = self._service.vitals
        try:
            with vitals.beating(name):
                await asyncio.to_thread(_unless_standby, work)
        except KawarabanError as error:
            vitals.count("beats_failed", name)
            log.warning("event=beat_failed job=%s error=%s", name, error)
        except Exception:
            vitals.count("beats_failed", name)
            log.exception("event=beat_failed job=%s", name)
        finally:
            self._beats.discard(task)

    def _keep(self, stop_sending: Callable[[], None]) -> None:
        self._stop_sending = stop_sending
        if self._stop.is_set():
            stop_sending()

    # The watcher ----------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Notes where something happens in the posts folder; where it cannot, the rescan remains."""
        folder = self._service.config.paths.posts
        async for places in changes(folder, self._stop, pause=self._rhythm.rescan):
            self._waiting.add(places)

    async def _heed(self) -> None:
        """Has everything looked at when the generator's configuration changed, once it has been quiet."""
        stamp = self._service.settings_stamp
        async for _ in alterations(stamp, self._stop, pause=_GLANCE, quiet=_QUIET.total_seconds()):
            self._waiting.add(EVERYWHERE)

    async def _follow(self) -> None:
        """Brings what changed into the feeds once it has been quiet for long enough to count as whole."""
        while True:
            places = await self._waiting.ready()
            await self._beat("follow", partial(self._build, None if places == EVERYWHERE else places))


def _skipped(vitals: Vitals, reasons: Mapping[int, str], event: JobEvent) -> None:
    reason = reasons[event.code]
    vitals.count("beats_skipped", event.job_id, reason)
    # A beat that is at work for long is skipped every few seconds, which is as it should be.
    log.log(logging.DEBUG if reason == "at_work" else logging.WARNING, _SKIPPED, event.job_id, reason)


_SKIPPED = "event=beat_skipped job=%s reason=%s"


def _unless_standby(work: Callable[[], object]) -> None:
    """Does the work, unless another node that shares the database does it for all."""
    with suppress(Standby):
        work()
