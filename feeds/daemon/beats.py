"""One beat: it does all that is due in a thread, and loses nothing when it is skipped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from feeds.errors import KawarabanError, Standby

if TYPE_CHECKING:
    from feeds.service.vitals import Vitals

log = logging.getLogger(__name__)


class Beats:
    """Those of one process."""

    def __init__(self, vitals: Vitals) -> None:
        self._vitals = vitals
        self._at_work: set[asyncio.Task[Any]] = set()

    async def beat(self, name: str, work: Callable[[], object]) -> None:
        """Runs the work in a thread. Whatever goes wrong is logged, and the next beat tries again."""
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            with self._vitals.beating(name):
                await asyncio.to_thread(_unless_standby, work)
        except KawarabanError as error:
            self._vitals.count("beats_failed", name)
            log.warning("event=beat_failed job=%s error=%s", name, error)
        except Exception:
            self._vitals.count("beats_failed", name)
            log.exception("event=beat_failed job=%s", name)
        finally:
            self._at_work.discard(task)

    async def finished(self) -> None:
        """Waits for those at work: whatever ends a task would end its beat in the middle."""
        if self._at_work:
            await asyncio.wait(self._at_work)


def _unless_standby(work: Callable[[], object]) -> None:
    """Does the work, unless another node that shares the database does it for all."""
    with suppress(Standby):
        work()
