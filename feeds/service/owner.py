"""The verbs of the owner: each is one method, in transactions of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from feeds.errors import ConfigurationError, PostsMissing, Standby, UsageError
from feeds.model.build_report import BuildReport, PublishReport, ScanReport
from feeds.service.bounces import Bounces

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from feeds.actions.deliver import Delivered
    from feeds.actions.unannounced import Announcement
    from feeds.model.address import EmailAddress
    from feeds.model.audience import FeedAudience
    from feeds.model.issue import DeliveryState
    from feeds.model.report import (
        CheckReport,
        DeliveryLine,
        Finding,
        IssueSummary,
        LedgerFigures,
        PlannedIssue,
        TickReport,
    )
    from feeds.model.subscriber import Cadence, Subscriber
    from feeds.store.figures import LedgerWatch


class Owner(Bounces):
    """What the command line and the daemon call."""

    _figures_turn = Lock()
    """Only one at a time counts on from where the last one ended."""

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

    def plan(self) -> tuple[PlannedIssue, ...]:
        """What would be mailed next; writes nothing, as it scans into a copy of the database."""
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from feeds.actions.catalog import read_catalog
        from feeds.actions.plan import Outlook, plan
        from feeds.actions.scan import scan
        from feeds.store.database import open_database

        if self.existing_database is None:
            return ()
        now = self.now
        with TemporaryDirectory(prefix="kawaraban-") as folder:
            file = Path(folder) / "copy.db"
            self.database.copy(file)
            with closing(open_database(file)) as copy:
                scan(copy, self.scanning, now)
                with copy.read() as connection:
                    categories = read_catalog(connection, self.publication.categories).categories
                return plan(copy, Outlook(categories, self.max_posts, self.scanning.policy.settle, now))

    def compose(self) -> tuple[int, ...]:
        """Composes every issue that is due and returns their keys."""
        from feeds.actions.compose import compose
        from feeds.actions.pause import finish

        if not self.mails or self.instance.why_not():
            return ()
        with self.turn():
            finish(self.database)
            return compose(self.database, self.categories(), self.write_edition, self.max_posts, self.now)

    def deliver(self, *, on_start: Callable[[Callable[[], None]], None] = lambda _: None) -> Delivered:
        """Sends what is due.

        Raises ConfigurationError where the configuration forbids to mail, and RestoredCopy where the
        database is a copy.

        ``on_start`` is given a function that any thread may call: then no new message begins, and
        those on the wire finish.
        """
        import asyncio

        from feeds.actions.deliver import deliver_due

        async def main() -> Delivered:
            stop, loop = asyncio.Event(), asyncio.get_running_loop()

            def stop_sending() -> None:
                _call(loop, stop.set)

            on_start(stop_sending)
            with self.instance.sending(stop_sending):
                return await send(stop)

        async def send(stop: asyncio.Event) -> Delivered:
            values = (self.routes, self.sending, self.reader_values, self.clock)
            return await deliver_due(self.database, *values, stop=stop)

        self.refuse_to_mail()
        with self.sending_turn():
            return asyncio.run(main())

    def tick(self, *, progress: Callable[[str], None] = lambda _: None) -> TickReport:
        """Everything that is due now, once: read what came back, scan, publish, compose, send.

        Without a sender there is nothing to mail. Where another node does the rest for all, or the posts
        folder is not what it was, only sends.
        With the feeds published, raises ConfigurationError where the configuration forbids to mail, and
        RestoredCopy where the database is a copy.
        """
        from dataclasses import replace

        from feeds.model.report import TickReport

        received, unread, missing = 0, "", ""
        try:
            received = self.read_bounces()
        except ConfigurationError as error:  # no reason to keep mail from readers
            unread = str(error)
        try:
            with self.turn():
                report = self._prepare(progress)
        except Standby as error:
            report = TickReport(standby=str(error))
        except PostsMissing as error:  # issues that are composed have nothing to do with it
            report, missing = TickReport(), str(error)
        if not self.mails:
            trouble = _together(missing, unread)
            return replace(report, waiting=self.waiting(), received=received, trouble=trouble)
        progress("sending")
        delivered = self.deliver()
        return replace(
            report,
            sent=delivered.digests.sent,
            deferred=delivered.digests.deferred + delivered.notices.deferred,
            rejected=delivered.digests.rejected + delivered.notices.rejected,
            unknown=delivered.digests.unknown + delivered.notices.unknown,
            notices=delivered.notices.sent,
            waiting=self.waiting(),
            received=received,
            trouble=_together(missing, delivered.trouble or unread),
            commits=delivered.digests.commits + delivered.notices.commits,
        )

    def _prepare(self, progress: Callable[[str], None]) -> TickReport:
        """What one node does for all: scan, publish, compose."""
        from feeds.actions.build import build
        from feeds.model.report import TickReport

        progress("scanning the posts and publishing the feeds")
        scanned, published = build(self.scan, self.publish)
        if not self.mails:
            return TickReport(scanned, published)
        self.refuse_to_mail()
        self.instance.refuse_a_copy()
        progress("composing what is due")
        return TickReport(scanned, published, self.compose())

    def anything_ripe(self) -> bool:
        """Whether time alone made a post visible or mailable since the last scan."""
        from feeds.store import posts

        policy = self.scanning.policy
        with self.database.read() as connection:
            return posts.anything_due(connection, self.now, policy.settle, policy.future)

    def anything_to_send(self) -> bool:
        """Whether a delivery or a notice is due, or was left in flight."""
        return self.database.dispatch().anything_due(self.clock.real())

    def tidy(self) -> None:
        """Removes settled notices of last month, unconfirmed requests, and renderings of old contents."""
        from feeds.actions.tidy import tidy

        tidy(self.database, self.kitchen.recipe, self.now)

    def waiting(self) -> int:
        """How many deliveries and notices are not settled."""
        from feeds.store import ledger, notices

        with self.database.read() as connection:
            return ledger.count_open(connection) + notices.count_waiting(connection)

    def issues(self) -> tuple[IssueSummary, ...]:
        """Every issue with the counts of its deliveries, newest first."""
        from feeds.store import ledger

        with self.database.read() as connection:
            return ledger.summaries(connection)

    def issue(self, key: int) -> IssueSummary:
        """An issue with the counts of its deliveries. Raises UsageError where there is none."""
        from feeds.store import ledger

        with self.database.read() as connection:
            found = ledger.summaries(connection, key)
        if not found:
            raise UsageError(f"there is no issue {key}; `kawaraban deliveries` lists them")
        return found[0]

    @cached_property
    def _ledger_watch(self) -> LedgerWatch:
        from feeds.store.figures import LedgerWatch

        return LedgerWatch()

    def figures(self) -> LedgerFigures | None:
        """What there is to count in the ledger; None where there is none yet."""
        if self.existing_database is None:
            self._ledger_watch.begin()
            return None
        with self._figures_turn, self.database.read() as connection:
            return self._ledger_watch.look(connection, self.now)

    def not_ready(self) -> str:
        """Why this process should not be asked for anything yet or any more; empty where it should."""
        from feeds.store import state

        if self.vitals.draining:
            return "it was told to stop"
        if self.existing_database is None:
            return "the first scan is not done"
        with self.database.read() as connection:
            return "" if state.get(connection, "site") is not None else "the first scan is not done"

    def under_way(self) -> tuple[int, ...]:
        """Keys of the issues that are being sent, oldest first."""
        from feeds.store import progress

        if self.existing_database is None:
            return ()
        with self.database.read() as connection:
            return tuple(progress.under_way(connection))

    def tally(self, issue: int) -> Callable[[], IssueSummary]:
        """Gives the counts of an issue at each call, at a cost that depends on what was sent in between."""
        from feeds.store.progress import IssueTally

        self.issue(issue)  # raises UsageError where there is none
        tally = IssueTally(issue)

        def look() -> IssueSummary:
            with self.database.read() as connection:
                return tally.look(connection)

        return look

    def deliveries(self, issue: int, states: Sequence[DeliveryState] = ()) -> tuple[DeliveryLine, ...]:
        """Who got an issue, who did not, and why: all readers, or those whose delivery is in such a state."""
        from feeds.model.report import DeliveryLine
        from feeds.store import bounces, ledger

        with self.database.read() as connection:
            rows = ledger.lines(connection, issue, states)
            back = bounces.of_issue(connection, issue)
        domain = self.mail_publication.domain
        return tuple(
            DeliveryLine(
                email, state, attempts, self.signer.message_id(issue, key, domain), reply, back.get(key, "")
            )
            for key, email, state, attempts, reply in rows
        )

    def hold(self, posts: Sequence[str]) -> tuple[str, ...]:
        """Keeps posts out of mail; returns their paths. Raises UsageError for an unknown name."""
        from feeds.actions.hold import hold

        return hold(self.database, posts)

    def still_bringing(self, posts: Sequence[str]) -> dict[int, tuple[str, int]]:
        """Issues under way that show one of these posts: their state, and how many readers wait for them."""
        from feeds.actions.hold import still_bringing

        return still_bringing(self.database, posts)

    def release(self, posts: Sequence[str]) -> tuple[str, ...]:
        """Lets held posts go; returns their paths. Raises UsageError for an unknown name."""
        from feeds.actions.hold import release

        return release(self.database, posts, self.now, self.scanning.policy.settle)

    def held(self) -> tuple[str, ...]:
        """Paths of the posts that are held."""
        from feeds.store import posts

        with self.database.read() as connection:
            return posts.held_paths(connection)

    def pause(self, issue: int, reason: str = "") -> IssueSummary:
        """Stops an issue until it is resumed. Raises UsageError where it has ended."""
        from feeds.actions.pause import pause

        return pause(self.database, issue, reason)

    def resume(self, issue: int) -> IssueSummary:
        """Lets a paused issue go on. Raises UsageError where it is not paused, and RestoredCopy."""
        from feeds.actions.pause import resume

        self.instance.refuse_a_copy()
        return resume(self.database, issue)

    def cancel(self, issue: int, reason: str = "") -> IssueSummary:
        """Ends an issue; who did not get it yet will not. Raises UsageError where it has ended."""
        from feeds.actions.pause import cancel

        return cancel(self.database, issue, reason)

    def test_send(self, email: EmailAddress, topics: Sequence[str]) -> str:
        """Sends the digest that such a reader would get next, to this address; returns the reply.

        The ledger is not touched, and the links in the mail belong to nobody.
        """
        import asyncio

        from feeds.actions.sample import sample
        from feeds.newsletter.message import splice

        self.refuse_to_mail()
        self.instance.refuse_a_copy()
        reader = self.subscriber(email)
        wanted = self.subscription(self.known_topics(topics)[0])
        if reader is not None and not topics:
            wanted = reader.subscription
        written = sample(
            self.database,
            self.categories(),
            self.write_edition,
            wanted,
            reader=reader,
            max_posts=self.max_posts,
            now=self.now,
        )
        return asyncio.run(self.send_one(email, splice(written.skeleton, self.nobodys_values(email))))

    # Readers of feeds ----------------------------------------------------------------------------

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

    # Subscribers, for the operator ---------------------------------------------------------------

    def add_subscriber(
        self,
        email: EmailAddress,
        *,
        name: str = "",
        topics: Sequence[str] = (),
        cadence: Cadence | None = None,
        language: str | None = None,
        confirmed: bool = False,
        consent: str = "operator",
    ) -> tuple[str, tuple[str, ...]]:
        """Adds a subscriber; returns what happened, and warnings about categories that no post has."""
        from feeds.actions.subscribe import Wish, add

        slugs, warnings = self.known_topics(topics)
        wish = Wish(email, self.subscription(slugs, cadence=cadence, language=language), name, consent)
        return add(self.database, wish, self.write_notice, self.now, confirmed=confirmed), warnings

    def subscribers(self) -> Iterator[Subscriber]:
        """All subscribers, by address."""
        from feeds.store import subscribers

        with self.database.read() as connection:
            yield from subscribers.every(connection)

    def subscriber(self, email: EmailAddress) -> Subscriber | None:
        from feeds.store import subscribers

        with self.database.read() as connection:
            return subscribers.by_email(connection, email)

    def remove_subscriber(self, email: EmailAddress) -> bool:
        """Erases a subscriber; False if the address is none of them."""
        from feeds.actions.unsubscribe import erase

        return erase(self.database, email)


def _together(*troubles: str) -> str:
    return "\n".join(trouble for trouble in troubles if trouble)


def _call(loop: AbstractEventLoop, function: Callable[[], None]) -> None:
    """Calls the function in the loop, unless that has ended already."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
