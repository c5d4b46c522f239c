"""How often each beat comes, and what is said of one that is skipped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apscheduler.events import JobEvent
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    from feeds.service.vitals import Vitals

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between beats."""

    rescan: float = 60.0
    """The watcher wakes the scan much earlier; this is for what it misses."""
    compose: float = 2.0
    deliver: float = 2.0
    bounces: float = 10.0
    housekeeping: float = 3600.0


USUAL = Rhythm()


@dataclass(frozen=True, slots=True)
class Job:
    """A beat, and the seconds between two of it."""

    name: str
    beat: Callable[[], Coroutine[None, None, None]]
    seconds: float


def scheduler_of(jobs: Iterable[Job], vitals: Vitals) -> AsyncIOScheduler:
    """A scheduler that has these jobs and no others, not yet started."""
    from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    # coalesce and no misfire grace: a beat that comes late comes once, and is never dropped, as it would be
    # after a second by default.
    defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler = AsyncIOScheduler(job_defaults=defaults, timezone="UTC")
    for job in jobs:
        scheduler.add_job(job.beat, "interval", seconds=job.seconds, id=job.name)
        vitals.expect(job.name, job.seconds)
    reasons = {EVENT_JOB_MISSED: "missed", EVENT_JOB_MAX_INSTANCES: "at_work", EVENT_JOB_ERROR: "error"}
    listener = partial(_skipped, vitals, reasons)
    scheduler.add_listener(listener, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
    return scheduler


def _skipped(vitals: Vitals, reasons: Mapping[int, str], event: JobEvent) -> None:
    reason = reasons[event.code]
    vitals.count("beats_skipped", event.job_id, reason)
    # A beat that is at work for long is skipped every few seconds, which is as it should be.
    level = logging.DEBUG if reason == "at_work" else logging.WARNING
    log.log(level, "event=beat_skipped job=%s reason=%s", event.job_id, reason)
