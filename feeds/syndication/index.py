"""The page that lists all feeds for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from feeds.model.feed import FeedSummary

if TYPE_CHECKING:
    from jinja2 import Environment


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
    template = environment.get_template("feeds/index.html")
    return template.render(feeds=feeds, title=title, language=language, home=home, opml=opml).encode()
