"""The beats that scan, publish and compose."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from feeds.daemon.watcher import QUIET, Waiting
from feeds.errors import PostsMissing, Standby

if TYPE_CHECKING:
    from feeds.daemon.beats import Beats
    from feeds.model.build_report import BuildReport
    from feeds.service import Service

log = logging.getLogger(__name__)

_REST = 50
"""How many times as long as a rescan took there is none."""


class Publishing:
    """What changed in the posts folder comes into the feeds and the mails. To be made inside the loop."""

    def __init__(self, service: Service, beats: Beats, waiting: Waiting) -> None:
        """``waiting`` gets the places of files that somebody is still writing."""
        self._service = service
        self._beats = beats
        self._waiting = waiting
        self._loop = asyncio.get_running_loop()
        self._rescan_after = 0.0
        self._broken: list[str] = []
        """What the log has of the generator's configuration."""

    async def begin(self) -> None:
        """The first scan."""
        if self._service.not_ready():
            await asyncio.sleep(QUIET.total_seconds())  # what was there before us is old, not new
        await self.scan()

    async def scan(self) -> None:
        """Looks at the whole folder, which takes a second for 100,000 files: then at longer intervals."""
        started = time.monotonic()
        if started >= self._rescan_after:
            await self._beats.beat("scan", self.build)
            self._rescan_after = started + _REST * (time.monotonic() - started)
        self._service.vitals.alive("scan")

    async def compose(self) -> None:
        """Composes what is due; first scans where time alone made a post visible or mailable."""
        await self._beats.beat("compose", self._compose)

    def _compose(self) -> None:
        vitals = self._service.vitals
        if not vitals.doubt and self._service.anything_ripe():
            self.build(places=())
        if vitals.doubt:
            return  # what is mailed cannot be taken back
        for issue in self._service.compose():
            log.info("event=composed issue=%d", issue)

    async def tidy(self) -> None:
        """Removes what nobody needs any more."""
        await self._beats.beat("housekeeping", self._service.tidy)

    def build(self, places: Iterable[str] | None = None) -> None:
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
            report = self._service.build(quiet=QUIET, places=places)
        except (Standby, PostsMissing):
            raise
        except Exception:
            vitals.count("scans", "failed")
            raise
        vitals.count("scans", "done")
        self._doubt("")
        self._note(report)

    def _note(self, report: BuildReport) -> None:
        """Counts and logs what was published, and has unsettled files looked at again soon."""
        scan, written = report.scan, len(report.publish.written)
        self._service.vitals.count("documents_written", number=written)
        if scan.unsettled:
            again = partial(self._waiting.add, scan.unsettled, wait=QUIET.total_seconds() / 2)
            self._loop.call_soon_threadsafe(again)
        if written:
            counts = scan.new, scan.changed, scan.gone, written
            log.info("event=published new=%d changed=%d gone=%d written=%d", *counts)

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
