"""Autodiscovery: the lines in the head of a page by which browsers and readers find its feeds."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from feeds.model.feed import FeedSummary, Format
from feeds.syndication.groups import kind_of
from feeds.syndication.text import language_tag, line, uri

NAMES = {Format.RSS: "RSS", Format.ATOM: "Atom", Format.JSON: "JSON Feed"}

_LINE = Markup('<link rel="alternate" type="{}"{} title="{}" href="{}">\n')
_LANGUAGE = Markup(' hreflang="{}"')


def discovery(feeds: Iterable[FeedSummary]) -> Markup:
    """One line of HTML for each format of each feed, in the order of the feeds.

    Readers offer the first, so the feed that is closest to the page stands first.
    """
    return Markup("").join(
        _LINE.format(form.media_type, _language(feed), f"{line(feed.title)} ({NAMES[form]})", uri(address))
        for feed in feeds
        for form, address in feed.addresses.items()
    )


def for_page(feeds: Iterable[FeedSummary], key: str = "") -> list[FeedSummary]:
    """The feeds that a page should name: the one of this key, if any, then that of all posts.

    A page for every visitor names the feeds of all posts in each language as well.
    """
    listed = list(feeds)
    own = [feed for feed in listed if feed.key == key]
    everything = [feed for feed in listed if kind_of(feed) == "all" and feed.key != key]
    languages = [feed for feed in listed if feed.only and (feed.kind or feed.key).partition("/")[0] == "all"]
    return [*own, *everything, *(() if key else languages)]


def _language(feed: FeedSummary) -> Markup:
    """Only feeds of one language say which."""
    tag = language_tag(feed.only)
    return _LANGUAGE.format(tag) if tag else Markup("")
