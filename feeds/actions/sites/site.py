"""A site that a generator makes, as far as it says what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from feeds.model.noun import dataclass
from feeds.model.post import Post

OldFeed = Callable[[str], str]
"""A category's label → the path at which the generator has a feed of it, or an empty text."""


def no_feed(label: str) -> str:
    """For sites without feeds of categories."""
    return ""


@dataclass(frozen=True, slots=True)
class GeneratorSite:
    """A site; texts are empty where it does not say."""

    root: Path
    """The folder with the generator's configuration."""
    dialect: str
    told_by: str
    """The file that says most of it."""
    posts_name: str
    """The posts folder below ``root``."""
    public_name: str
    """The folder below ``root`` that the generator copies to the web as it stands."""
    title: str = ""
    short_title: str = ""
    url: str = ""
    """With the path below which the site lies, without a slash at its end."""
    language: str = ""
    timezone: str = ""
    author: str = ""
    email: str = ""
    description: str = ""
    permalink: str = ""
    future: bool = False
    excerpt_separator: str = ""
    ids: str = "permalink"
    """A value of ``[feeds] ids``."""
    feeds_url: str = ""
    """Where the feeds are, if not on the site itself."""
    categories_from: tuple[str, ...] = ()
    category_descriptions: Mapping[str, str] = field(default_factory=dict)
    feeds: tuple[tuple[str, str], ...] = ()
    """Path at which the generator has a feed of everything, and the suffix of ours that takes its place."""
    category_feed: OldFeed = no_feed
    category_suffix: str = ".rss.xml"
    language_feed: OldFeed = no_feed
    """The path at which the generator has a feed of another language; where it has, ``feeds`` and
    ``category_feed`` are those of the site's own language alone."""
    old_feeds: tuple[tuple[str, str], ...] = ()
    """Feeds that somebody made by hand, and the label that alone each names, or an empty text."""
    advice: tuple[str, ...] = ()
    """What to change at the generator: a sentence, and below it the lines to write."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """Key such as ``site.url`` → what has to be filled in."""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def posts(self) -> list[Post]:
        """The visible posts, parsed as a build would parse them."""
        from feeds.posts.dialects.table import dialect_named
        from feeds.posts.folder import list_sources
        from feeds.posts.scan import read_posts
        from feeds.posts.settings_files import settings_files
        from feeds.posts.site import Site

        folder = self.root / self.posts_name
        if not folder.is_dir():
            return []
        address = urlsplit(self.url or "https://example.org")
        site = Site(
            url=f"{address.scheme}://{address.netloc}",
            baseurl=address.path.strip("/"),
            zone=_zone(self.timezone),
            language=self.language or "en",
            dialect=self.dialect,
            permalink=self.permalink,
            folder=folder.relative_to(self.root).as_posix().removeprefix("."),
            files=settings_files(self.root, folder, dialect_named(self.dialect).settings),
            categories_from=self.categories_from,
        )
        parsed = read_posts(folder, list_sources(folder), site, processes=1)
        return [post for post in parsed if isinstance(post, Post)]

    def redirects(
        self, slugs: Mapping[str, str], folder: str, posts: Sequence[Post] = ()
    ) -> Iterator[tuple[str, str]]:
        """Old path and new path of every feed that the generator has; ``slugs`` by the categories' labels.

        A feed that had one of the posts' languages does not become one that has them all.
        """
        languages = sorted({post.language for post in posts}) if self.language_feed("en") else []
        own = [post for post in posts if post.language == self.language] if len(languages) > 1 else []
        its_labels = {label for post in own for label in post.categories}
        its_folder = f"{folder}/{self.language.lower()}"
        for path, suffix in self.feeds:
            yield path, f"{its_folder if own else folder}/all{suffix}"
            for language in languages if own else ():
                if language != self.language:
                    yield self.language_feed(language), f"{folder}/{language.lower()}/all{suffix}"
        for label, slug in slugs.items():
            if old := self.category_feed(label):
                place = its_folder if label in its_labels else folder
                yield old, f"{place}/category/{slug}{self.category_suffix}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")  # the configuration that is written will name it as wrong
