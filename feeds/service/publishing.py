"""What scanning and publishing are called with, made of the configuration when it is needed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

from feeds.errors import PostsMissing
from feeds.service.ahead import recognised_in, site_of
from feeds.service.base import Base

if TYPE_CHECKING:
    from jinja2 import Environment

    from feeds.actions.catalog import Catalog
    from feeds.actions.feedplan import Publication
    from feeds.actions.reading import Reading, Scan
    from feeds.actions.renderings import Kitchen
    from feeds.actions.workshop import Workshop
    from feeds.model.category import Categories
    from feeds.model.feed import FeedSummary, Podcast
    from feeds.model.post import Parsed
    from feeds.posts.dialects.table import Recognised
    from feeds.posts.site import Site
    from feeds.syndication.measure import Measurements


class Publishing(Base):
    """The values of posts and feeds."""

    @cached_property
    def recognised(self) -> Recognised:
        """The dialect of the posts, and by what one sees it."""
        return self._ahead.recognised if self._ahead else recognised_in(self.config.outline)

    @cached_property
    def site(self) -> Site:
        """What parsing has to know of the publication."""
        return self._ahead.site if self._ahead else site_of(self.config.outline, self.recognised.dialect)

    def settings_stamp(self) -> object:
        """What changes when the generator's own configuration does."""
        from feeds.posts.dialects.table import dialect_named
        from feeds.posts.settings_files import settings_root, settings_stamp

        patterns, paths = dialect_named(self.recognised.dialect).settings, self.config.paths
        return settings_stamp(settings_root(paths.posts, paths.base, patterns), patterns)

    def are_settings(self, places: Iterable[str]) -> bool:
        """Whether something at these paths in the posts folder says how posts are read."""
        from feeds.posts.dialects.table import dialect_named
        from feeds.posts.settings_files import are_settings

        return are_settings(places, dialect_named(self.recognised.dialect).settings)

    def heed_generator(self) -> tuple[bool, list[str]]:
        """Reads the generator's own configuration again: whether it says something else, and what is broken.

        While something is broken that was not before, as in a file that is half written, posts are read as
        they were.
        """
        from feeds.posts.dialects.settings import broken_settings

        with self.turn():
            before, fresh = self.site, site_of(self.config.outline, self.recognised.dialect)
            found = broken_settings(fresh.files)
            broken = [f"{name}:{line}: {said.partition(';')[0]}" for name, line, said in found]
            if fresh == before or len(broken) > len(broken_settings(before.files)):
                return False, broken
            self.__dict__.pop("scanning", None)
            self.__dict__.pop("kitchen", None)
            self.__dict__["site"] = fresh
            return True, broken

    @contextmanager
    def doubting(self) -> Iterator[None]:
        """The block looks at the posts folder; where that was not what it was, it is got to know anew.

        A folder without posts has no dialect, and that of the posts must not be taken from it.
        """
        if self._missed:
            self._ahead = None
            for name in ("recognised", "site", "scanning", "kitchen"):
                self.__dict__.pop(name, None)
        try:
            yield
        except PostsMissing:
            self._missed = True
            raise
        self._missed = False

    @cached_property
    def scanning(self) -> Scan:
        from feeds.actions.reading import Policy, Scan

        newsletter = self.config.newsletter
        policy = Policy(
            future=self.config.posts.future,
            settle=timedelta(minutes=newsletter.settle_minutes),
            hold_above=newsletter.hold_above,
        )
        processes = len(os.sched_getaffinity(0))
        facets = frozenset(self.config.feeds.facets)
        return Scan(self.config.paths.posts, self.site, policy, processes, facets)

    def read_ahead(self) -> Reading:
        """Begins to read the posts if they are not read yet, and loads what a first build needs meanwhile."""
        from feeds.actions.reading import read_ahead

        what = self.scanning
        begun = self._ahead and self._ahead.reading
        reading = begun or read_ahead(what.folder, what.site, what.processes)
        import feeds.actions.publish
        import feeds.syndication.atom
        import feeds.syndication.jsonfeed
        import feeds.syndication.opml
        import feeds.syndication.rss  # noqa: F401

        self.environment.get_template("feeds/index.html")
        return reading

    def render_ahead(self, parsed: Iterable[Parsed]) -> None:
        """Begins to render what the first publication will carry."""
        from feeds.actions.renderings import first_shown

        if self.publication.limit:
            until = None if self.site.future else self.now
            self.kitchen.ahead.begin(self.kitchen, first_shown(parsed, self.publication.limit, until))

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
            facets=config.feeds.facets,
            archive=config.feeds.archive,
            hubs=config.feeds.hubs,
            icon=_on_site(config.feeds.icon, config.site.url),
            logo=_on_site(config.feeds.logo, config.site.url),
            rights=config.feeds.rights,
            stylesheet=self._stylesheet_url(),
            podcast=self._podcast(),
            podcast_feed=config.podcast.feed,
        )

    def _stylesheet_url(self) -> str:
        from feeds.syndication.index import STYLESHEET

        return f"{self.config.feeds.url.rstrip('/')}/{STYLESHEET}" if self.config.feeds.stylesheet else ""

    def _podcast(self) -> Podcast | None:
        from dataclasses import replace

        podcast, url = self.config.configured_podcast(), self.config.site.url
        return podcast and replace(podcast, image=_on_site(podcast.image or self.config.feeds.icon, url))

    def workshop(self, *, replace_foreign: bool = False) -> Workshop:
        """What feeds are published with."""
        from feeds.actions.workshop import Workshop

        return Workshop(
            self.publication,
            self.kitchen,
            self._measurements,
            self.index_page,
            self.feed_headings,
            self.stylesheet,
            replace_foreign,
        )

    @cached_property
    def _measurements(self) -> Measurements:
        from feeds.syndication.measure import Measurements

        paths = self.config.paths
        return Measurements(self.config.site.url, [paths.public, paths.base / "static", paths.base])

    @cached_property
    def environment(self) -> Environment:
        from feeds.templating import environment

        return environment([self.config.paths.templates])

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

    def feed_headings(self) -> dict[str, str]:
        """What the groups of feeds are called in the list for programs."""
        from feeds.syndication.groups import HEADINGS
        from feeds.templating import language_of, texts

        speak = texts(self.environment, language_of(self.publication.language))
        return {kind: speak(f"feeds.group.{kind}") for kind in HEADINGS}

    def stylesheet(self) -> bytes:
        """The CSS with which browsers show a feed."""
        from feeds.syndication.index import stylesheet
        from feeds.templating import language_of

        return stylesheet(self.environment, language_of(self.publication.language))

    def catalog(self) -> Catalog:
        """The visible posts and their categories, as of the last scan."""
        from feeds.actions.catalog import read_catalog
        from feeds.store import state

        with self.database.read() as connection:
            edition = state.get(connection, "catalog")
            if self._catalog is None or self._catalog[0] != edition:
                self._catalog = edition, read_catalog(connection, self.publication.categories)
            return self._catalog[1]

    def categories(self) -> Categories:
        """Those that are configured and those that posts have, as of the last scan."""
        return self.catalog().categories


def _on_site(file: str, url: str) -> str:
    """The absolute URL of a file that is named by its path on the site, or by its URL."""
    return f"{url.rstrip('/')}{quote(file)}" if file.startswith("/") else file
