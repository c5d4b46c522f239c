"""The daemon as a process: it has helpers, and ends when it is told."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from feeds.daemon.serving import Companion, Pages, serve
from feeds.errors import KawarabanError
from feeds.processes import helpers

log = logging.getLogger(__name__)


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
        wrong = _ours(group)
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


def _ours(group: BaseExceptionGroup) -> BaseException | None:
    """The first error in the group that is one of ours."""
    wrong: BaseException | None = group.subgroup(KawarabanError)
    while isinstance(wrong, BaseExceptionGroup):
        wrong = wrong.exceptions[0]
    return wrong
