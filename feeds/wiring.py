"""Wiring: what the verbs are called with, made of the configuration once and only when it is needed."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds import config as configuration
from feeds.errors import Busy, ConfigurationError, UsageError

if TYPE_CHECKING:
    from jinja2 import Environment

    from feeds.actions.catalog import Catalog
    from feeds.actions.compose import Draft, Written
    from feeds.actions.deliver import Clock, Sending
    from feeds.actions.feedplan import Publication
    from feeds.actions.renderings import Kitchen
    from feeds.actions.reading import Reading, Scan
    from feeds.actions.writing import Press
    from feeds.config import Config
    from feeds.delivery.transport import Transport
    from feeds.model.address import EmailAddress
    from feeds.model.feed import FeedSummary
    from feeds.model.report import Finding
    from feeds.model.subscriber import Cadence, Subscriber, Subscription
    from feeds.newsletter.publication import Mailbox
    from feeds.newsletter.publication import Publication as MailPublication
    from feeds.newsletter.tokens import Signer
    from feeds.posts.site import Site
    from feeds.store.database import Database
    from feeds.store.ledger import Due
    from feeds.store.lock import LockFile


class Wiring:
    """The values that a service's verbs share; each is made at first use."""

    def __init__(self, config: Config, fixed_now: datetime | None) -> None:
        self.config = config
        self._fixed_now = fixed_now
        self._catalog: tuple[str | None, Catalog] | None = None

    @classmethod
    def open(
        cls, config_path: Path, *, now: datetime | None = None, environ: Mapping[str, str] = os.environ
    ) -> Self:
        """Loads the configuration. Raises ConfigurationError, and UsageError for a ``now`` in our past."""
        service = cls(configuration.load(config_path, environ), now)
        last = service.last_instant()
        if now is not None and last is not None and now < last:
            raise UsageError(
                f"--now {now.isoformat()} lies before {last.isoformat()}, which was decided already"
            )
        return service

    def close(self) -> None:
        """Gives up the database, if it was opened."""
        if "database" in self.__dict__:
            self.database.close()
            del self.__dict__["database"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Time -------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The clock of this run: ``--now``, or the real one, which never runs behind what was stored."""
        if self._fixed_now is not None:
            return self._fixed_now
        last = self.last_instant()
        real = real_now()
        return real if last is None or real > last else last

    def last_instant(self) -> datetime | None:
        if self.existing_database is None:
            return None
        from feeds.store import state

        with self.existing_database.read() as connection:
            return state.last_instant(connection)

    @property
    def clock(self) -> Clock:
        from feeds.actions.deliver import Clock

        return Clock(self.now, real_now)

    # The store --------------------------------------------------------------------------------

    @property
    def database_file(self) -> Path:
        return Path(self.config.database.url.removeprefix("sqlite:///"))

    @cached_property
    def database(self) -> Database:
        from feeds.store.database import open_database

        return open_database(self.database_file)

    @property
    def existing_database(self) -> Database | None:
        """The database, unless there is none yet: for verbs that write nothing."""
        return self.database if self.database_file.exists() else None

    @cached_property
    def _turns(self) -> dict[str, LockFile]:
        from feeds.store.lock import LockFile

        return {name: LockFile(self.config.paths.state / f"{name}.lock") for name in ("turn", "sending")}

    def turn(self) -> AbstractContextManager[None]:
        """Waits until no other process scans, publishes or composes here, and keeps the others waiting."""
        return self._turns["turn"].held()

    def sending_turn(self) -> AbstractContextManager[None]:
        """The same for delivering, which may take long and keeps nobody from scanning."""
        return self._turns["sending"].held()

    @contextmanager
    def alone(self, part: str) -> Iterator[None]:
        """The place of the daemon's part. Raises Busy where another daemon has it."""
        from feeds.store.lock import LockFile

        lock = LockFile(self.config.paths.state / f"{part}.lock")
        try:
            with lock.held(wait=False):
                yield
        except BlockingIOError:
            raise Busy(
                f"{self.config.paths.state}: a daemon is at work here already ({part}); stop it first"
            ) from None
        finally:
            lock.close()

    # Posts and feeds ---------------------------------------------------------------------------

    @cached_property
    def site(self) -> Site:
        from feeds.posts.dialects.table import detect
        from feeds.posts.site import IdStyle, Site

        config, address = self.config, urlsplit(self.config.site.url)
        dialect = config.posts.dialect
        return Site(
            url=f"{address.scheme}://{address.netloc}",
            baseurl=address.path.strip("/"),
            zone=ZoneInfo(config.site.timezone),
            language=config.site.language,
            author=config.site.author,
            dialect=detect(config.paths.posts) if dialect == "auto" else dialect,
            permalink=config.posts.permalink,
            future=config.posts.future,
            ids=IdStyle(config.feeds.ids),
            folder=_below(config.paths.posts, config.paths.base),
            excerpt_separator=config.posts.excerpt_separator,
        )

    @cached_property
    def scanning(self) -> Scan:
        from feeds.actions.reading import Policy, Scan

        newsletter = self.config.newsletter
        policy = Policy(
            future=self.config.posts.future,
            settle=timedelta(minutes=newsletter.settle_minutes),
            hold_above=newsletter.hold_above,
        )
        return Scan(self.config.paths.posts, self.site, policy, processes=len(os.sched_getaffinity(0)))

    def read_ahead(self) -> Reading:
        """Begins to read the posts, and loads what a first build needs while others read."""
        from feeds.actions.reading import read_ahead

        reading = read_ahead(self.scanning)
        import feeds.actions.publish
        import feeds.syndication.rss
        import feeds.templating  # noqa: F401

        return reading

    @cached_property
    def kitchen(self) -> Kitchen:
        from feeds.actions.renderings import kitchen

        return kitchen(self.config.paths.posts, self.site, self.scanning.processes)

    @cached_property
    def publication(self) -> Publication:
        from feeds.actions.feedplan import Publication

        config = self.config
        return Publication(
            title=config.site.title,
            url=config.site.url.rstrip("/"),
            language=config.site.language,
            author=config.site.author,
            description=config.site.description,
            public=config.paths.public,
            folder=config.paths.feeds.relative_to(config.paths.public).as_posix().removeprefix("."),
            feeds_url=config.feeds.url.rstrip("/"),
            formats=config.feeds.formats,
            limit=config.feeds.limit,
            full=config.feeds.content == "full",
            categories=config.configured_categories(),
        )

    def index_page(self, listed: Sequence[FeedSummary]) -> bytes:
        """The page that lists all feeds."""
        from feeds.syndication.index import index_page
        from feeds.templating import language_of

        publication = self.publication
        return index_page(
            self.environment,
            listed,
            title=publication.title,
            home=f"{publication.url}/",
            language=language_of(publication.language),
            opml=f"{publication.feeds_url}/index.opml",
        )

    def catalog(self) -> Catalog:
        """The visible posts and their categories, as of the last scan."""
        from feeds.actions.catalog import read_catalog
        from feeds.store import state

        with self.database.read() as connection:
            edition = state.get(connection, "catalog")
            if self._catalog is None or self._catalog[0] != edition:
                self._catalog = edition, read_catalog(connection, self.publication.categories)
            return self._catalog[1]

    # Mail -------------------------------------------------------------------------------------

    @cached_property
    def environment(self) -> Environment:
        from feeds.templating import environment

        return environment([self.config.paths.templates])

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

    def reader_values(self, due: Due, issue_due: datetime) -> dict[str, str]:
        """What fills the holes of an edition for one reader."""
        from feeds.model.subscriber import Bearer
        from feeds.newsletter.digest import reader_values

        return reader_values(
            self.signer,
            self.mail_publication,
            issue=due.issue,
            due=issue_due,
            reader=Bearer(due.subscriber, due.generation, due.email),
        )

    def nobodys_values(self, email: EmailAddress) -> dict[str, str]:
        """What fills the holes of an edition outside the ledger: its links are nobody's."""
        from feeds.model.subscriber import Bearer
        from feeds.newsletter.digest import reader_values

        values = reader_values(
            self.signer, self.mail_publication, issue=0, due=self.now, reader=Bearer(0, 0, email)
        )
        return values | {"message_id": f"<test.{secrets.token_hex(12)}@{self.mail_publication.domain}>"}

    @cached_property
    def transport(self) -> Transport:
        from feeds.delivery.transport import open_transport

        return open_transport(self.config.relay, local_hostname=socket.getfqdn())

    @property
    def sending(self) -> Sending:
        from feeds.actions.deliver import Sending

        delivery = self.config.delivery
        sender = self.mail_publication.sender.address.wire
        return Sending(sender, delivery.connections, hold_unknown=delivery.unknown == "hold")

    def refuse_to_mail(self) -> None:
        """Raises ConfigurationError where the configuration forbids to mail."""
        obstacles = self.config.obstacles_to_mail()
        if obstacles:
            told = "; ".join(f"{key}: {reason}" for key, reason in obstacles)
            raise ConfigurationError(f"{self.config.paths.file}: {told}")

    async def send_one(self, email: EmailAddress, body: bytes) -> str:
        """Sends one message outside the ledger and returns what the server said."""
        from feeds.delivery.transport import send_once
        from feeds.model.message import Envelope, Message

        sender = self.mail_publication.sender.address.wire
        return (await send_once(self.transport, Message(Envelope(sender, email), body))).reply

    # Subscribers ------------------------------------------------------------------------------

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
            if category is None or not catalog.by_slug.get(category.slug):
                warnings.append(f"no post has the category {name!r} yet")
        return tuple(slugs), tuple(warnings)

    def remarks(self) -> tuple[Finding, ...]:
        """What the configuration itself gives to say."""
        from feeds.model.report import Finding

        file = str(self.config.paths.file)
        return tuple(Finding(False, file, 0, key, reason) for key, reason in self.config.obstacles_to_mail())


def real_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def _mailbox(text: str) -> Mailbox:
    from feeds.config.values import split_mailbox
    from feeds.model.address import EmailAddress
    from feeds.newsletter.publication import Mailbox

    name, address = split_mailbox(text)
    return Mailbox(name, EmailAddress.parse(address))


def _below(path: Path, base: Path) -> str:
    """The path below the base with forward slashes, or its last name where it lies elsewhere."""
    return path.relative_to(base).as_posix().removeprefix(".") if path.is_relative_to(base) else path.name
