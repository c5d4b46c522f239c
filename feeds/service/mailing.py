"""What composing and delivering are called with, made of the configuration when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from feeds.errors import ConfigurationError, RelayUnreachable, UsageError

if TYPE_CHECKING:
    from feeds.actions.compose import Draft, Written
    from feeds.actions.deliver import Sending
    from feeds.actions.writing import Press
    from feeds.delivery.relays import Route
    from feeds.delivery.transport import Transport
    from feeds.model.address import EmailAddress
    from feeds.model.issue import Ref
    from feeds.model.report import Finding
    from feeds.model.subscriber import Cadence, Subscriber, Subscription
    from feeds.newsletter.digest import ReaderValues
    from feeds.newsletter.publication import Mailbox
    from feeds.newsletter.publication import Publication as MailPublication
    from feeds.newsletter.tokens import Signer


from feeds.service.signing import Signing


class Mailing(Signing):
    """The values of newsletters and of their readers."""

    @cached_property
    def signer(self) -> Signer:
        from feeds.actions.secret import signing_key
        from feeds.newsletter.tokens import Signer

        return Signer(signing_key(self.config.paths.state))

    @cached_property
    def mail_publication(self) -> MailPublication:
        from feeds.newsletter.publication import Publication

        mail = self.config.mail
        if not mail.from_:
            raise ConfigurationError(
                f"{self.config.paths.file}: mail.from: nothing is mailed without a sender"
            )
        return Publication(
            title=self.config.site.title,
            home=f"{self.publication.url}/",
            base_url=self.config.web.base_url.rstrip("/"),
            sender=_mailbox(mail.from_),
            list_id=mail.list_id,
            reply_to=_mailbox(mail.reply_to) if mail.reply_to else None,
            postal_address=mail.postal_address,
        )

    @property
    def press(self) -> Press:
        from feeds.actions.writing import Press

        return Press(self.environment, self.mail_publication, self.signer, self.config.site.timezone)

    @property
    def max_posts(self) -> int:
        return self.config.newsletter.max_posts

    def write_edition(self, draft: Draft) -> Written:
        more_url = f"{self.publication.url}/"
        return self.press.edition(self.database, self.kitchen, self.catalog().categories, draft, more_url)

    def write_notice(self, kind: str, subscriber: Subscriber, number: int, now: datetime) -> bytes:
        return self.press.notice(self.catalog().categories, kind, subscriber, number, now)

    def reader_values(self, issue: int, due: datetime) -> ReaderValues:
        """What gives the values that fill the holes of an issue's editions for each reader."""
        from feeds.newsletter.digest import reader_values

        return reader_values(self.signer, self.mail_publication, issue=issue, due=due)

    def nobodys_values(self, email: EmailAddress) -> dict[str, str]:
        """What fills the holes of an edition outside the ledger: its links are nobody's."""
        import secrets

        message_id = f"<test.{secrets.token_hex(12)}@{self.mail_publication.domain}>"
        return {**self.reader_values(0, self.now)(0, 0, email), "message_id": message_id}

    @cached_property
    def transport(self) -> Transport:
        """The mail server, or the first of several."""
        return self._open_transport(self.config.relays[0].url)

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every mail server, and how much of a run it is to carry."""
        from urllib.parse import urlsplit

        from feeds.delivery.relays import Route

        first, *others = self.config.relays
        pairs = [(self.transport, first), *((self._open_transport(one.url), one) for one in others)]
        return tuple(
            Route(
                transport,
                name=urlsplit(relay.url).netloc.rpartition("@")[2] or "maildir",
                weight=relay.weight,
                connections=relay.connections,
                messages_per_connection=relay.messages_per_connection,
            )
            for transport, relay in pairs
        )

    def _open_transport(self, url: str) -> Transport:
        import socket

        from feeds.delivery.transport import open_transport

        transport = open_transport(url, local_hostname=socket.getfqdn())
        if not self._watched:
            return transport
        from feeds.service.watched import WatchedTransport

        return WatchedTransport(transport, self.vitals)

    @property
    def sending(self) -> Sending:
        from feeds.actions.deliver import Sending
        from feeds.store.rates import Limits

        delivery = self.config.delivery
        sending = Sending(
            self.envelope_sender,
            delivery.connections,
            hold_unknown=delivery.unknown == "hold",
            per_domain=delivery.per_domain,
            limits=Limits(delivery.per_second, delivery.per_hour, delivery.per_day),
        )
        if self.dkim is None:
            return sending
        return replace(sending, cut=self.dkim.cut, sign=self.dkim.sign)

    @cached_property
    def envelope_sender(self) -> Callable[[Ref], str]:
        """MAIL FROM of a mail: its own one where bounces are read, so that they name it."""
        if not self.config.bounces.address:
            sender = self.mail_publication.sender.address.wire
            return lambda _: sender
        local, _, domain = self.config.bounces.address.rpartition("@")
        token = self.signer.bounce_token
        return lambda ref: f"{local}+{token(*ref)}@{domain}"

    @property
    def mails(self) -> bool:
        """Whether there is a sender: without one this is a publication of feeds only."""
        return bool(self.config.mail.from_)

    def refuse_to_mail(self) -> None:
        """Raises ConfigurationError where the configuration forbids to mail."""
        obstacles = self.config.obstacles_to_mail()
        if obstacles:
            told = "; ".join(f"{key}: {reason}" for key, reason in obstacles)
            raise ConfigurationError(f"{self.config.paths.file}: {told}")
        _ = self.dkim  # no mail goes out without the signatures that it should have

    async def send_one(self, email: EmailAddress, body: bytes) -> str:
        """Sends one message outside the ledger and returns what the server said."""
        from feeds.delivery.transport import send_once
        from feeds.model.message import Envelope, Message

        envelope = Envelope(self.envelope_sender((0, 0)), email)
        message = Message(envelope, self.dkim.sign(body) if self.dkim else body)
        *others, last = (route.transport for route in self.routes)
        for transport in others:
            with suppress(RelayUnreachable):
                return (await send_once(transport, message)).reply
        return (await send_once(last, message)).reply

    def subscription(
        self, slugs: Sequence[str], *, cadence: Cadence | None = None, language: str | None = None
    ) -> Subscription:
        """A subscription to these topics, with the newsletter's own choice for all that is not named."""
        from feeds.actions.choose import topics_of
        from feeds.model.subscriber import Subscription
        from feeds.templating import language_of

        newsletter = self.config.newsletter
        return Subscription(
            topics=topics_of(slugs),
            cadence=cadence or newsletter.default_cadence,
            language=language_of(language or self.config.site.language),
            hour=newsletter.hour,
            weekday=newsletter.weekday_number,
            zone=self.config.site.timezone,
        )

    def known_topics(self, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Slugs of the categories with these slugs or labels; and a warning for each that no post has."""
        from feeds.model.category import slugify

        catalog = self.catalog()
        slugs, warnings = [], []
        for name in names:
            category = catalog.categories.find(name)
            slugs.append(category.slug if category else slugify(name))
            if not slugs[-1]:
                raise UsageError(f"{name!r} cannot be the name of a category")
            if category is None or not catalog.has_posts(category):
                warnings.append(f"no post has the category {name!r} yet")
        return tuple(slugs), tuple(warnings)

    def remarks(self) -> tuple[Finding, ...]:
        """What the configuration itself gives to say."""
        from feeds.model.report import Finding

        file = str(self.config.paths.file)
        found = [Finding(False, file, 0, key, reason) for key, reason in self.config.obstacles_to_mail()]
        if self.mails and (why := self.why_no_mail()):
            found.append(Finding(True, self.database.place, 0, "", f"nothing is mailed: {why}"))
        return (*found, *self.dkim_remarks(self.mail_publication.domain if self.mails else ""))


def _mailbox(text: str) -> Mailbox:
    from feeds.config.values import split_mailbox
    from feeds.model.address import EmailAddress
    from feeds.newsletter.publication import Mailbox

    name, address = split_mailbox(text)
    return Mailbox(name, EmailAddress.parse(address))
