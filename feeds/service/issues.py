"""The verbs about issues: who got them, how they come on, and what is kept out of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from feeds.errors import UsageError
from feeds.service.mailing import Mailing

if TYPE_CHECKING:
    from feeds.model.issue import DeliveryState
    from feeds.model.report import DeliveryLine, IssueSummary, LedgerFigures
    from feeds.store.figures import LedgerWatch


class Issues(Mailing):
    """The ledger as its owner sees and steers it."""

    _figures_turn = Lock()
    """Only one at a time counts on from where the last one ended."""

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
        from feeds.store.mailable_posts import held_paths

        with self.database.read() as connection:
            return held_paths(connection)
