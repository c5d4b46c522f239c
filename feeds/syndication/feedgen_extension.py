"""What feedgen 1.0.0 cannot write or writes wrongly, mended through its extension interface.

feedgen gives an extension the finished XML element of a channel, feed, item or entry. In memory
its Atom elements have no namespace: the ``xmlns`` of the root is a plain attribute.
"""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from typing import Any

import feedgen.entry
import feedgen.feed
from lxml.etree import SubElement, _Element

from feeds.model.feed import Entry, Feed
from feeds.syndication.text import language_tag, line, uri

GENERATOR = "Kawaraban"
"""Named in every feed, without a version: an upgrade must not change every feed's bytes."""

MEDIA = "http://search.yahoo.com/mrss/"
DC = "http://purl.org/dc/elements/1.1/"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment)


# feedgen's own function sets the locale of the whole process to "C" and back for every date,
# so that other threads see a locale that is not theirs (facts/feeds.md §3.1, number 18).
feedgen.feed.formatRFC2822 = _rfc822
feedgen.entry.formatRFC2822 = _rfc822


class _Extension:
    """The interface of ``feedgen.ext.base.BaseExtension``, which has no types to inherit from."""

    def extend_ns(self) -> dict[str, str]:
        """Prefixes to declare on the root; feedgen asks only the extension of the feed."""
        return {}

    def extend_rss(self, element: _Element) -> _Element:
        """The ``rss`` element without its items, or an ``item``."""
        return element

    def extend_atom(self, element: _Element) -> _Element:
        """The ``feed`` element without its entries, or an ``entry``."""
        return element


class RssChannel(_Extension):
    """Mends the channel: a line for itself, so that a changed item is a changed line."""

    def extend_ns(self) -> dict[str, str]:
        return {"dc": DC, "media": MEDIA}

    def extend_rss(self, element: _Element) -> _Element:
        _end_line(element[0][-1])
        return element


class AtomFeed(_Extension):
    """Mends the feed: a line for itself, so that a changed entry is a changed line."""

    def extend_ns(self) -> dict[str, str]:
        return {"media": MEDIA}

    def extend_atom(self, element: _Element) -> _Element:
        _end_line(element[-1])
        return element


class _EntryExtension(_Extension):
    """Has to be told which entry it extends: feedgen makes it without arguments."""

    def __init__(self) -> None:
        self._entry: Entry | None = None
        self._language = ""

    def tell(self, entry: Entry, feed: Feed) -> None:
        """Remembers the entry, and its language where it is not the feed's."""
        self._entry = entry
        language = language_tag(entry.language)
        self._language = "" if language == language_tag(feed.language) else language

    def _thumbnail(self, element: _Element) -> None:
        if self._entry and self._entry.image:
            SubElement(element, f"{{{MEDIA}}}thumbnail", url=uri(self._entry.image.url))


class RssItem(_EntryExtension):
    """Adds author, language and image to an item.

    RSS knows an author by e-mail address only; feeds give away no addresses, so it is a dc:creator.
    """

    def extend_rss(self, element: _Element) -> _Element:
        if self._entry and (author := line(self._entry.author)):
            SubElement(element, f"{{{DC}}}creator").text = author
        if self._language:
            SubElement(element, f"{{{DC}}}language").text = self._language
        self._thumbnail(element)
        _end_line(element)
        return element


class AtomEntry(_EntryExtension):
    """Gives an entry's link its attributes back, and adds language and image."""

    def extend_atom(self, element: _Element) -> _Element:
        for link in element.iterchildren("link"):  # all are the post's page (facts/feeds.md §3.1, number 1)
            link.set("rel", "alternate")
            link.set("type", "text/html")
        if self._language:
            element.set(XML_LANG, self._language)
        self._thumbnail(element)
        _end_line(element)
        return element


def _end_line(element: _Element) -> None:
    element.tail = "\n"


def generator(feed: Feed, extension: type[_Extension], of_entries: type[_EntryExtension]) -> Any:
    """A FeedGenerator with what RSS and Atom have in common."""
    made = feedgen.feed.FeedGenerator()
    made.register_extension("kawaraban", extension, of_entries)
    made.title(line(feed.title) or uri(feed.home))
    made.generator(GENERATOR)
    if language := language_tag(feed.language):
        made.language(language)
    return made


def add_entry(made: Any, entry: Entry, feed: Feed) -> Any:
    """Appends the entry, and returns feedgen's own object for it; without ``append`` feedgen prepends."""
    added = made.add_entry(order="append")
    added.kawaraban.tell(entry, feed)
    added.title(line(entry.title) or uri(entry.url))
    added.link(href=uri(entry.url), rel="alternate")
    added.category([{"term": term, "label": label} for term, label in subjects(entry)])
    return added


def subjects(entry: Entry) -> list[tuple[str, str]]:
    """Term and label of each category, then of each tag that no category says already."""
    found = {line(category.label): line(category.slug) for category in entry.categories}
    for tag in map(line, entry.tags):
        found.setdefault(tag, tag)
    return [(term or label, label) for label, term in found.items() if label]
