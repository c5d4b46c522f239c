"""The configuration as the rest of the program sees it: complete, and every path absolute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from urllib.parse import quote, urlsplit

from feeds.config import values
from feeds.config.dkim import KeyText, read_key
from feeds.config.feed_settings import CategorySettings, FeedsSettings, PodcastSettings, category_slug
from feeds.config.glance import Outline
from feeds.config.mail_settings import (
    BouncesSettings,
    DeliverySettings,
    MailSettings,
    RelaySettings,
    relay_tables,
)
from feeds.config.paths import Paths
from feeds.config.podcast import category_path
from feeds.config.references import expand
from feeds.config.secrets import secrets_of
from feeds.config.settings import (
    DatabaseSettings,
    LogSettings,
    MetricsSettings,
    NewsletterSettings,
    PostsSettings,
    SiteSettings,
    StateSettings,
    TemplatesSettings,
    WebSettings,
)
from feeds.errors import ConfigurationError, InvalidAddress
from feeds.model.address import EmailAddress
from feeds.model.category import Category
from feeds.model.feed import Podcast
from feeds.model.host import is_loopback
from feeds.model.noun import dataclass


@dataclass(frozen=True)
class Config:
    """The configuration, complete: a key left empty in the file has its real value here."""

    site: SiteSettings
    posts: PostsSettings
    feeds: FeedsSettings
    podcast: PodcastSettings
    categories: Mapping[str, CategorySettings]
    """By label, as posts name them."""
    redirects: Mapping[str, str]
    """Old path on the site → path or URL that took its place; no chains."""
    mail: MailSettings
    bounces: BouncesSettings
    newsletter: NewsletterSettings
    delivery: DeliverySettings
    state: StateSettings
    database: DatabaseSettings
    web: WebSettings
    log: LogSettings
    metrics: MetricsSettings
    templates: TemplatesSettings
    paths: Paths
    environ: Mapping[str, str] = field(repr=False)

    @property
    def outline(self) -> Outline:
        """All of it that reading posts depends on."""
        return Outline(
            folder=self.paths.posts,
            base=self.paths.base,
            url=self.site.url,
            language=self.site.language,
            timezone=self.site.timezone,
            author=self.site.author,
            dialect=self.posts.dialect,
            permalink=self.posts.permalink,
            future=self.posts.future,
            excerpt_separator=self.posts.excerpt_separator,
            categories_from=self.posts.categories_from,
            tags_from=self.posts.tags_from,
            ids=self.feeds.ids,
        )

    @property
    def relays(self) -> tuple[RelaySettings, ...]:
        """The mail servers with their secrets put in. Raises ConfigurationError where one is missing."""
        found = []
        for key, relay in relay_tables(self.mail):
            try:
                url = values.relay_url(expand(relay.url, self.environ, self.paths.base))
            except ValueError as error:
                raise ConfigurationError(f"{self.paths.file}: {key}: {error}") from None
            found.append(replace(relay, url=url))
        return tuple(found)

    def secrets(self) -> tuple[str, ...]:
        """Every spelling of what must not be seen in a log: who logs in at the mail servers, and how."""
        try:
            urls = [*(relay.url for relay in self.relays), self.database.url]
            return tuple(secret for url in urls for secret in secrets_of(url))
        except ConfigurationError:
            return ()

    def dkim_keys(self) -> tuple[KeyText, ...]:
        """The keys that sign mail. Raises ConfigurationError where one cannot be read."""
        found = []
        for key in self.mail.dkim:
            try:
                found.append(read_key(key, self.environ, self.paths.base))
            except ValueError as error:
                raise ConfigurationError(
                    f"{self.paths.file}: mail.dkim: key {key.selector!r}: {error}"
                ) from None
        return tuple(found)

    def configured_categories(self) -> tuple[Category, ...]:
        """The categories of the file as nouns, in its order."""
        return tuple(
            Category(
                slug=category_slug(label, settings),
                label=label,
                title=settings.title or label,
                description=settings.description,
                path=settings.path,
                formerly=settings.formerly,
                configured=True,
                page=self._address(settings.page),
            )
            for label, settings in self.categories.items()
        )

    def _address(self, page: str) -> str:
        """The absolute URL of a page that is given by its path on the site."""
        return f"{self.site.url}{quote(page)}" if page.startswith("/") else page

    def configured_podcast(self) -> Podcast | None:
        """The podcast of the file as a noun, if there is one."""
        if not self.podcast.categories:
            return None
        owner_name, owner_email = self.podcast.owner_parts
        return Podcast(
            categories=tuple(map(category_path, self.podcast.categories)),
            author=self.podcast.author,
            owner_name=owner_name,
            owner_email=owner_email,
            image=self.podcast.image,
            explicit=self.podcast.explicit,
            kind=self.podcast.type,
        )

    def obstacles_to_mail(self) -> tuple[tuple[str, str], ...]:
        """Key and reason of everything in the configuration that keeps mail from going out."""
        obstacles: list[tuple[str, str]] = []
        if not self.mail.from_:
            obstacles.append(("mail.from", "nothing is mailed without a sender"))
        obstacles += _bad_addresses({"mail.from": self.mail.from_, "mail.reply_to": self.mail.reply_to})
        try:
            relays = [urlsplit(relay.url) for relay in self.relays]
        except ConfigurationError as error:
            key, _, reason = str(error).removeprefix(f"{self.paths.file}: ").partition(": ")
            return (*obstacles, (key, reason))
        if any(url.scheme != "maildir" and not is_loopback(url.hostname or "") for url in relays):
            if not self.web.base_url.startswith("https://"):
                obstacles.append(("web.base_url", "readers need an https address at which to unsubscribe"))
            if not self.mail.postal_address:
                obstacles.append(("mail.postal_address", "mail to the world needs a postal address"))
        return tuple(obstacles)


def _bad_addresses(mailboxes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Key and fault of each; the load looked at their shape only, as a full check costs 30 ms."""
    faults: list[tuple[str, str]] = []
    for key, text in mailboxes.items():
        try:
            if text:
                EmailAddress.parse(values.split_mailbox(text)[1])
        except InvalidAddress as error:
            faults.append((key, str(error)))
    return faults
