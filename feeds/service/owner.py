"""The verbs of the owner that go from the posts to the mailboxes: tick, plan, compose and deliver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from feeds.errors import ConfigurationError, PostsMissing, Standby
from feeds.service.building import Building
from feeds.service.issues import Issues
from feeds.service.subscribers import Subscribers

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from feeds.actions.deliver import Delivered
    from feeds.model.address import EmailAddress
    from feeds.model.report import PlannedIssue, TickReport


class Owner(Building, Issues, Subscribers):
    """What the command line and the daemon call."""

    def plan(self) -> tuple[PlannedIssue, ...]:
        """What would be mailed next; writes nothing, as it scans into a copy of the database."""
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from feeds.actions.catalog import read_catalog
        from feeds.actions.plan import Outlook, plan
        from feeds.actions.scan import scan
        from feeds.store.opening import open_database

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


def _together(*troubles: str) -> str:
    return "\n".join(trouble for trouble in troubles if trouble)


def _call(loop: AbstractEventLoop, function: Callable[[], None]) -> None:
    """Calls the function in the loop, unless that has ended already."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(function)
