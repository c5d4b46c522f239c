"""The verbs about subscribers, for the operator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from feeds.service.mailing import Mailing

if TYPE_CHECKING:
    from feeds.model.address import EmailAddress
    from feeds.model.subscriber import Cadence, Subscriber


class Subscribers(Mailing):
    """Whoever gets mail, as the owner keeps them."""

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
