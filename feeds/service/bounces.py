"""The verbs about what comes back: reports are taken in and shown, and a suppression is lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeds.service.mailing import Mailing

if TYPE_CHECKING:
    from datetime import datetime

    from feeds.model.address import EmailAddress
    from feeds.model.bounce import BounceLine, Receipt, Received


class Bounces(Mailing):
    """Bounces and complaints."""

    def receive(self, mail: bytes, recipient: str = "") -> Received:
        """Takes in a mail that came to the address for bounces, or to ``recipient``."""
        from feeds.actions.receive import receive

        received = receive(self.database, self.signer, mail, recipient, self.now)
        self.vitals.count("bounces", received.receipt)
        return received

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
