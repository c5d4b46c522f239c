"""What people see of feeds: the page that lists them all, and the look of a feed in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feeds.model.feed import FeedSummary
from feeds.syndication.discovery import discovery, for_page
from feeds.syndication.groups import grouped

if TYPE_CHECKING:
    from jinja2 import Environment

STYLESHEET = "feed.css"
"""Its name in the folder of the feeds."""


def index_page(
    environment: Environment,
    feeds: Sequence[FeedSummary],
    *,
    title: str,
    language: str,
    home: str,
    opml: str,
) -> bytes:
    """The page of all feeds, from ``templates/feeds/index.html``, in UTF-8.

    ``title`` and ``home`` are the site's; ``language`` is ours, ``ja`` or ``en``; ``opml`` is the
    absolute URL of the list for programs.
    """
    page = environment.get_template("feeds/index.html").render(
        groups=grouped(feeds),
        links=discovery(feeds),
        lines=str(discovery(for_page(feeds))),
        title=title,
        language=language,
        home=home,
        opml=opml,
    )
    return page.encode()


def stylesheet(environment: Environment, language: str) -> bytes:
    """The CSS with which browsers show a feed, from ``templates/feeds/feed.css``, in UTF-8."""
    return environment.get_template("feeds/feed.css").render(language=language).encode()
