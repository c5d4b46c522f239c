"""Every key of the configuration: its type, its default and its documentation stand here and nowhere else.

Those of feeds stand in ``feed_settings``, those of mail and its delivery in ``mail_settings``, and what a
table and a kind of value is in ``section``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from feeds.config import values
from feeds.config.feed_settings import CategorySettings, FeedsSettings, PodcastSettings
from feeds.config.mail_settings import BouncesSettings, DeliverySettings, MailSettings
from feeds.config.section import Field, Label, Line, Section, Title, WebUrl, distinct, or_empty
from feeds.model.subscriber import Cadence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""In the order of ``date.weekday()``."""

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


OldPath = Annotated[str, values.old_path]
NewAddress = Annotated[str, values.path_or_url]


def _dialect(name: str) -> str:
    """A dialect that is built in, or that a plugin brings."""
    from feeds.posts.dialects.names import DIALECTS

    if name == "auto" or name in DIALECTS:
        return name
    from feeds.posts.dialects.plugins import plugin_points

    if name not in (points := plugin_points()):
        raise ValueError(f"{name!r} is not known{values.nearest(name, (*DIALECTS, *points))}")
    return name


class SiteSettings(Section):
    """The publication."""

    title: Title = Field(description="The name of the publication.", examples=["Example Magazine"])
    url: Annotated[str, values.web_url] = Field(
        description="Where its site is, with the path below which it lies if there is one.",
        examples=["https://example.org"],
    )
    language: Annotated[str, values.language] = Field(
        default="en", description='Language of the posts: "ja", "en", or another tag of that kind.'
    )
    timezone: Annotated[str, values.zone] = Field(
        default="UTC", description="Zone of dates that name none, and of the hour at which digests go out."
    )
    author: Line = Field(default="", description="Author of posts that name none.")
    description: Line = Field(default="", description="One sentence about the publication, for its feeds.")
    public: str = Field(default="public", description="Folder on disk that is the root of the site.")


class PostsSettings(Section):
    """The folder of Markdown posts."""

    folder: str = Field(default="posts", description="The folder.", min_length=1)
    dialect: Annotated[str, _dialect] = Field(
        default="auto",
        description=(
            'How posts are written: "jekyll", "hugo", "zola", "eleventy", "astro", "pelican", "hexo",\n'
            '"docusaurus", "vitepress", "zenn", "qiita", "plain", the name of a plugin, or "auto": find out.'
        ),
    )
    permalink: Line = Field(
        default="",
        description="Pattern of their addresses, such as /:year/:month/:title/; empty: as the dialect does.",
    )
    future: bool = Field(default=False, description="Show posts whose date has not come yet.")
    excerpt_separator: str = Field(
        default="", description="Text that ends the excerpt of a post; empty: as the dialect does."
    )
    categories_from: tuple[Line, ...] = Field(
        default=(),
        description=(
            'Front matter keys that hold the categories, such as ["topics"] or ["taxonomies.series"];\n'
            "none: as the dialect has it."
        ),
    )
    tags_from: tuple[Line, ...] = Field(
        default=(), description="Front matter keys that hold the tags; none: as the dialect has it."
    )


class NewsletterSettings(Section):
    """The digests."""

    cadences: Annotated[tuple[Cadence, ...], distinct] = Field(
        default=(Cadence.EACH, Cadence.DAILY, Cadence.WEEKLY), description="What readers may choose."
    )
    default_cadence: Cadence = Field(default=Cadence.WEEKLY, description="What is chosen for them at first.")
    hour: int = Field(
        default=7,
        ge=0,
        le=23,
        description="Hour at which daily and weekly digests are due, 0 to 23.",
    )
    weekday: Weekday = Field(default="monday", description='Day of weekly digests, "monday" to "sunday".')
    settle_minutes: float = Field(
        default=10,
        ge=0,
        le=7 * 24 * 60,
        description="How long a new post must lie unchanged before it is mailed, in minutes.",
    )
    max_posts: int = Field(
        default=20, ge=1, le=100, description='How many posts a digest shows before "n more".'
    )
    hold_above: int = Field(
        default=20,
        ge=0,
        description="When more posts than this appear at once, they wait for `kawaraban release`; 0: never.",
    )

    @property
    def weekday_number(self) -> int:
        """0 is Monday, as in ``Subscription.weekday``."""
        return WEEKDAYS.index(self.weekday)


class StateSettings(Section):
    """What Kawaraban remembers."""

    folder: str = Field(
        default=".kawaraban",
        min_length=1,
        description="Folder of the database and the signing key. It must not be copied to the web.",
    )


class DatabaseSettings(Section):
    """The database."""

    url: str = Field(
        default="",
        repr=False,
        description=(
            "sqlite:///path; empty: a file in the state folder. With a PostgreSQL database, such as\n"
            "postgresql://user:${DB_PASSWORD}@host/name, any number of nodes share the work."
        ),
    )


class WebSettings(Section):
    """The pages for readers: sign-up, preferences, unsubscribe, feeds."""

    bind: Annotated[str, values.bind_address] = Field(
        default="127.0.0.1:8400", description="Address and port at which `kawaraban run` listens."
    )
    base_url: WebUrl = Field(
        default="",
        description=(
            "Where readers reach the pages; links in mails begin with it. Empty: http:// and the address\n"
            "above. It must be https before mail leaves this machine."
        ),
        examples=["https://mail.example.org"],
    )

    feed_types: Literal["exact", "browser"] = Field(
        default="exact",
        description=(
            'Media types of RSS and Atom: "exact" (application/rss+xml and atom+xml), or "browser"\n'
            "(application/xml), which browsers show and do not save. Feed readers take both."
        ),
    )


class LogSettings(Section):
    """The log of `kawaraban run`."""

    format: Literal["text", "json"] = Field(
        default="text", description='"text": key=value, one event a line; "json": an object a line.'
    )


class MetricsSettings(Section):
    """Figures for Prometheus, and what watches over the daemon."""

    bind: Annotated[str, or_empty(values.bind_address)] = Field(
        default="",
        description=(
            "Address and port of /metrics, /healthz and /readyz, such as 127.0.0.1:9464; empty: none.\n"
            "They ask for no password: leave them on loopback, or in a network of your own."
        ),
    )


class TemplatesSettings(Section):
    """Templates of your own."""

    folder: str = Field(
        default="templates",
        min_length=1,
        description="A file here takes the place of the one that Kawaraban brings, one by one.",
    )


class Settings(Section):
    """The whole file, as it is written."""

    site: SiteSettings
    posts: PostsSettings = Field(default_factory=PostsSettings)
    feeds: FeedsSettings = Field(default_factory=FeedsSettings)
    podcast: PodcastSettings = Field(default_factory=PodcastSettings)
    categories: dict[Label, CategorySettings] = Field(default_factory=dict)
    redirects: dict[OldPath, NewAddress] = Field(default_factory=dict)
    mail: MailSettings = Field(default_factory=MailSettings)
    bounces: BouncesSettings = Field(default_factory=BouncesSettings)
    newsletter: NewsletterSettings = Field(default_factory=NewsletterSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    state: StateSettings = Field(default_factory=StateSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    web: WebSettings = Field(default_factory=WebSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    templates: TemplatesSettings = Field(default_factory=TemplatesSettings)
