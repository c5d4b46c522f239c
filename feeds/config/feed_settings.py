"""Every key of feeds: the publication's, the podcast's and the categories'."""

from __future__ import annotations

from typing import Annotated, Literal

from feeds.config import values
from feeds.config.podcast import podcast_category
from feeds.config.section import (
    Field,
    Label,
    Line,
    Mailbox,
    Section,
    SiteFile,
    WebUrl,
    distinct,
    each_once,
    or_empty,
)
from feeds.model.category import slugify
from feeds.model.feed import Format

Facet = Literal["category", "tag", "author", "language"]
Hub = Annotated[str, values.hub_url]
PodcastCategory = Annotated[str, podcast_category]


class FeedsSettings(Section):
    """The feeds: one of everything and one for each category."""

    folder: str = Field(
        default="",
        description='Where they are written, inside the public folder; empty: "feeds" in there.',
    )
    url: WebUrl = Field(
        default="",
        description="Address of that folder; empty: the site's URL and the folder's path below the root.",
    )
    formats: Annotated[tuple[Format, ...], distinct] = Field(
        default=(Format.RSS, Format.ATOM, Format.JSON), description="Which formats are written."
    )
    limit: int = Field(default=20, ge=0, description="How many posts a feed carries, newest first; 0: all.")
    content: Literal["full", "excerpt"] = Field(
        default="full", description='What a feed carries of each post: "full" or "excerpt".'
    )
    facets: Annotated[tuple[Facet, ...], each_once] = Field(
        default=("category", "language"),
        description=(
            'What has feeds beside everything: "category", "tag", "author". With "language", each language\n'
            "of a publication in several has a feed, and each category in it."
        ),
    )
    archive: bool = Field(
        default=False,
        description=(
            "Keep what no longer fits the limit in pages of an archive (RFC 5005), linked from each feed,\n"
            "so that readers who want to can read everything."
        ),
    )
    ids: Literal["tag", "permalink", "jekyll", "pelican"] = Field(
        default="tag",
        description=(
            'Ids of posts that bring none: "tag" (tag: URIs), "permalink" (so have the feeds of Hugo, Zola,\n'
            'Eleventy, Astro, Hexo and Docusaurus), "jekyll" (permalinks in RSS, in Atom as jekyll-feed),\n'
            'or "pelican" (its tag: URIs). A post keeps the ids that it was first seen with.'
        ),
    )
    compress: bool = Field(
        default=False,
        description=(
            "Write .gz (and .br, with the brotli package) beside each document, for web servers that send\n"
            "such files: nginx with gzip_static, Caddy with precompressed. `kawaraban run` needs none."
        ),
    )
    rights: Line = Field(
        default="",
        description='Copyright line or licence of the publication, such as "© 2026 Example, CC BY 4.0".',
    )
    icon: SiteFile = Field(
        default="",
        description="Square picture, best 512 pixels wide: its path on the site, or its address elsewhere.",
    )
    logo: SiteFile = Field(
        default="", description="The same for a picture twice as wide as high; RSS shows it, else the icon."
    )
    hubs: Annotated[tuple[Hub, ...], each_once] = Field(
        default=(),
        description=(
            "WebSub hubs, which tell readers at once that a feed changed, such as\n"
            "https://pubsubhubbub.appspot.com/. `build` tells them; whoever uploads the folder wants\n"
            "`kawaraban build --no-announce` and, behind the upload, `kawaraban announce`."
        ),
    )
    stylesheet: bool = Field(
        default=True,
        description="Let browsers show feeds as readable pages, by a CSS file beside them.",
    )


class PodcastSettings(Section):
    """The podcast: facts that directories such as Apple's want of a feed whose posts have recordings."""

    categories: Annotated[tuple[PodcastCategory, ...], each_once] = Field(
        default=(),
        description=(
            'Apple\'s categories, the main one first, such as "Technology" or "News > Tech News". Without\n'
            "one there is no podcast."
        ),
    )
    feed: Annotated[str, or_empty(values.label)] = Field(
        default="",
        description="Name of the category whose feed is the podcast; empty: the feed of everything.",
    )
    author: Line = Field(default="", description="Who speaks; empty: the author of the site.")
    owner: Mailbox = Field(
        default="",
        description=(
            "Whom a directory may write to, such as Name <podcast@example.org>. Everybody can read it in\n"
            "the feed: leave it empty unless a directory asks for it."
        ),
    )
    image: SiteFile = Field(
        default="", description="Square cover of 1400 to 3000 pixels, as path or address; empty: the icon."
    )
    explicit: bool = Field(default=False, description="Not for children.")
    type: Literal["episodic", "serial"] = Field(
        default="episodic", description='"episodic", or "serial" where episodes are heard from the first on.'
    )

    @property
    def owner_parts(self) -> tuple[str, str]:
        """Display name and address of ``owner``."""
        return values.split_mailbox(self.owner) if self.owner else ("", "")


class CategorySettings(Section):
    """A category. Those that are not configured have feeds as well; its key is its name in the posts."""

    slug: Annotated[str, or_empty(values.slug)] = Field(
        default="", description="Its name in addresses; empty: made of the name."
    )
    title: Line = Field(default="", description="Title for readers; empty: the name.")
    description: Line = Field(default="", description="One sentence about it, for its feeds.")
    path: Annotated[str, or_empty(values.site_path)] = Field(
        default="", description="Path on the site at which readers already subscribe to its RSS."
    )
    page: Annotated[str, or_empty(values.site_page)] = Field(
        default="", description="Page of the site that shows its posts, as path or address."
    )
    formerly: tuple[Label, ...] = Field(
        default=(), description="Names it had before; posts and subscriptions that use them belong to it."
    )


def category_slug(label: str, settings: CategorySettings) -> str:
    """The slug that the owner gave, else the one made of the label."""
    return settings.slug or slugify(label)
