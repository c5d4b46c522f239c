"""The verbs of readers: what the pages call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from feeds.errors import InvalidToken
from feeds.service.mailing import Mailing

if TYPE_CHECKING:
    from feeds.model.address import EmailAddress
    from feeds.model.audience import ReaderCount
    from feeds.model.feed import FeedSummary, PublishedDocument
    from feeds.model.subscriber import Cadence, Subscriber
    from feeds.newsletter.tokens import Purpose


class Readers(Mailing):
    """Whoever bears a token is the reader whom it belongs to."""

    def subscribe(
        self, email: EmailAddress, *, topics: Sequence[str], cadence: Cadence, language: str
    ) -> None:
        """Notes a wish; tells nobody whether the address was known."""
        from feeds.actions.subscribe import Wish, subscribe

        wish = Wish(email, self.subscription(topics, cadence=cadence, language=language))
        subscribe(self.database, wish, self.write_notice, self.now)

    def confirm(self, token: str) -> Subscriber:
        """Confirms a subscription, once or again. Raises InvalidToken."""
        from feeds.actions.confirm import confirm
        from feeds.newsletter.tokens import Purpose

        subscriber = self._bearer(token, Purpose.CONFIRM)
        return confirm(self.database, subscriber.key, self.write_notice, self.now)

    def confirming(self, token: str) -> Subscriber:
        """Whom a confirmation token belongs to. Raises InvalidToken."""
        from feeds.newsletter.tokens import Purpose

        return self._bearer(token, Purpose.CONFIRM)

    def reader(self, token: str) -> Subscriber:
        """Whose preferences the token opens. Raises InvalidToken."""
        from feeds.newsletter.tokens import Purpose

        return self._bearer(token, Purpose.PREFERENCES)

    def choose(
        self,
        token: str,
        *,
        topics: Sequence[str],
        cadence: Cadence,
        language: str,
        hour: int,
        weekday: int,
        zone: str,
    ) -> Subscriber:
        """Stores what a reader chose. Raises InvalidToken."""
        from feeds.actions.choose import choose

        subscriber = self.reader(token)
        wanted = self.subscription(topics, cadence=cadence, language=language)
        wanted = replace(wanted, hour=hour, weekday=weekday, zone=zone)
        return choose(self.database, subscriber.key, wanted, self.now)

    def unsubscribe(self, token: str) -> None:
        """Ends a subscription, once or again. Raises InvalidToken."""
        from feeds.actions.unsubscribe import unsubscribe
        from feeds.newsletter.tokens import Purpose

        claim = self.signer.verify(token, Purpose.UNSUBSCRIBE, self.now)
        unsubscribe(self.database, claim.subscriber, self.now)

    def unsubscribing(self, token: str) -> Subscriber:
        """Whom an unsubscribe token belongs to. Raises InvalidToken."""
        from feeds.newsletter.tokens import Purpose

        return self._bearer(token, Purpose.UNSUBSCRIBE)

    def feeds(self) -> tuple[FeedSummary, ...]:
        """The published feeds."""
        from feeds.actions.documents import published_feeds

        with self.database.read() as connection:
            return published_feeds(connection, self.publication)

    def document(self, url_path: str) -> PublishedDocument | None:
        """The document at this decoded path of the site, if it is one of ours."""
        from feeds.actions.documents import find_document

        with self.database.read() as connection:
            return find_document(connection, self.publication, url_path)

    def keep_readers(self, counts: Sequence[ReaderCount]) -> None:
        """Stores how many readers asked for feeds."""
        from feeds.actions.readership import keep_readers

        keep_readers(self.database, counts, self.today)

    def _bearer(self, token: str, purpose: Purpose) -> Subscriber:
        from feeds.store import subscribers

        claim = self.signer.verify(token, purpose, self.now)
        with self.database.read() as connection:
            subscriber = subscribers.by_key(connection, claim.subscriber)
        if subscriber is None or subscriber.generation != claim.generation:
            raise InvalidToken("This subscription is not there any more.")
        return subscriber
