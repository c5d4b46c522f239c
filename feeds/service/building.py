"""The verbs about posts and feeds: scan, publish, build and check."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from feeds.errors import UsageError
from feeds.model.build_report import BuildReport, PublishReport, ScanReport
from feeds.service.bounces import Bounces

if TYPE_CHECKING:
    from feeds.actions.unannounced import Announcement
    from feeds.model.audience import FeedAudience
    from feeds.model.report import CheckReport, Finding


class Building(Bounces):
    """From the posts folder to the feeds, and who reads these."""

    def scan(
        self,
        *,
        quiet: timedelta = timedelta(0),
        places: Iterable[str] | None = None,
        withdraw: bool = False,
    ) -> ScanReport:
        """Brings the store up to date with the folder, or places in it; files younger than ``quiet`` wait.

        Raises PostsMissing where the folder is not what it was, unless its owner wants to ``withdraw`` posts.
        """
        before = time.time_ns() - int(quiet.total_seconds() * 1e9) if quiet else None
        with self.turn(), self.timed("scan"), self.doubting():
            ahead = self.read_ahead() if self.existing_database is None else None
            from feeds.actions.scan import scan

            return scan(
                self.database,
                self.scanning,
                self.now,
                ahead=ahead,
                quiet_before=before,
                places=places,
                withdraw=withdraw,
                on_first=self.render_ahead,
            )

    def publish(self, *, replace: bool = False, announce: bool = True) -> PublishReport:
        """Writes the feeds that changed, and tells hubs unless that waits for ``announce``."""
        from feeds.actions.publish import publish
        from feeds.actions.sidecars import accompany

        replace = replace or self._is_copy()
        with self.turn(), self.timed("publish"):
            report = publish(self.database, self.workshop(replace_foreign=replace), self.now)
            compress = self.config.feeds.compress
            accompany(self.database, self.config.paths.public, compress=compress, replace=replace)
        if self.config.feeds.hubs and announce:
            self.announcer.announce(report.addresses)
        return report

    def announce(self) -> Announcement:
        """Tells hubs of the feeds that changed since this verb last did, once they are where hubs look.

        Raises UsageError where there is no hub.
        """
        from feeds.actions.unannounced import tell

        if not self.config.feeds.hubs:
            raise UsageError(f"{self.config.paths.file}: [feeds] hubs names no hub to tell")
        return tell(self.database, self.publication, self.config.feeds.hubs)

    def _is_copy(self) -> bool:
        """Whether the database is a copy: it does not know the documents that the original wrote since."""
        return bool(self.why_no_mail())

    def build(
        self,
        *,
        replace: bool = False,
        quiet: timedelta = timedelta(0),
        places: Iterable[str] | None = None,
        announce: bool = True,
        withdraw: bool = False,
    ) -> BuildReport:
        """Scans once and publishes; files younger than ``quiet`` wait for the next scan.

        With ``places``, paths below the posts folder, only what lies there is looked at. Where all posts or
        most of them are gone, raises PostsMissing and changes nothing, unless they are to be withdrawn.
        """
        from feeds.actions.build import build

        started = time.perf_counter()
        with self.turn():
            scanned, published = build(
                lambda: self.scan(quiet=quiet, places=places, withdraw=withdraw),
                lambda: self.publish(replace=replace, announce=announce),
            )
        return BuildReport(scanned, published, time.perf_counter() - started)

    def check(self) -> CheckReport:
        """Reads everything, writes nothing, and tells what keeps posts, feeds or mails from readers."""
        from feeds.actions.check import check

        return check(
            self.existing_database,
            self.scanning,
            self.config.configured_categories(),
            file=str(self.config.paths.file),
            remarks=(*self.remarks(), *self.redirect_remarks(), *self.bounce_remarks()),
            now=self.now,
        )

    def anything_ripe(self) -> bool:
        """Whether time alone made a post visible or mailable since the last scan."""
        from feeds.store.due_posts import anything_due

        policy = self.scanning.policy
        with self.database.read() as connection:
            return anything_due(connection, self.now, policy.settle, policy.future)

    def audience(self) -> tuple[FeedAudience, ...]:
        """How many read each feed, as far as their programs tell."""
        from feeds.actions.readership import audience

        if self.existing_database is None:
            return ()
        with self.database.read() as connection:
            return audience(connection, self.today)

    def redirect_remarks(self) -> tuple[Finding, ...]:
        """What is odd about the old addresses, given what is published now."""
        from feeds.actions.documents import redirect_remarks
        from feeds.model.report import Finding

        if self.existing_database is None or not self.config.redirects:
            return ()
        with self.database.read() as connection:
            found = redirect_remarks(connection, self.publication, self.config.redirects)
        file = str(self.config.paths.file)
        return tuple(Finding(False, file, 0, f'redirects."{old}"', reason) for old, reason in found)
