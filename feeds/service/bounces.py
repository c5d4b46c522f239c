"""The verbs about what comes back: reports are taken in and shown, and a suppression is lifted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from feeds.service.mailing import Mailing

if TYPE_CHECKING:
    from datetime import datetime

    from feeds.model.address import EmailAddress
    from feeds.model.bounce import BounceLine, Receipt, Received
    from feeds.model.report import Finding


class Bounces(Mailing):
    """Bounces and complaints."""

    def receive(self, mail: bytes, recipient: str = "") -> Received:
        """Takes in a mail that came to the address for bounces, or to ``recipient``."""
        from feeds.actions.receive import receive

        return receive(self.database, self.signer, mail, recipient, self.now)

    def read_bounces(self, *, stopped: Callable[[], bool] = lambda: False) -> int:
        """Takes in what waits in the Maildir, if there is one; returns how many mails that were.

        In a copy of the database nothing: they may be the original's. Raises ConfigurationError where the
        folder cannot be used.
        """
        from pathlib import Path

        from feeds.actions.receive_all import receive_all

        if not self.config.bounces.maildir or self.existing_database is None or self.instance.why_not():
            return 0
        return receive_all(Path(self.config.bounces.maildir), self.receive, stopped=stopped)

    def bounce_remarks(self) -> tuple[Finding, ...]:
        """What is odd about where bounces go."""
        from pathlib import Path

        from feeds.model.report import Finding

        folder = self.config.bounces.maildir
        if not folder or Path(folder).is_dir():
            return ()
        reason = f"{folder}: there is no such folder yet; the mail server makes it with the first report"
        return (Finding(False, str(self.config.paths.file), 0, "bounces.maildir", reason),)

    def bounces(self, limit: int) -> tuple[BounceLine, ...]:
        """The newest reports, newest first."""
        from feeds.store import bounces

        if self.existing_database is None:
            return ()
        with self.database.read() as connection:
            return tuple(bounces.newest(connection, limit))

    def receipts(self) -> dict[Receipt, int]:
        """How many mails came in so far, by what became of them."""
        from feeds.store import bounces

        if self.existing_database is None:
            return {}
        with self.database.read() as connection:
            return bounces.counts(connection)

    def suppression(self, email: EmailAddress) -> tuple[str, datetime] | None:
        """Why and since when this address is never mailed; None where it may be."""
        from feeds.store import subscribers

        if self.existing_database is None:
            return None
        with self.database.read() as connection:
            return subscribers.suppression(connection, email)

    def allow(self, email: EmailAddress) -> bool:
        """Lets a suppressed address be mailed again; False where it is not suppressed."""
        from feeds.actions.allow import allow

        return allow(self.database, email)
