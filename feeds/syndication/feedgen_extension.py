"""What feedgen 1.0.0 cannot write or writes wrongly, mended through its extension interface.

feedgen gives an extension the finished XML element of a channel, feed, item or entry. In memory
its Atom elements have no namespace: the ``xmlns`` of the root is a plain attribute.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

import feedgen.entry
import feedgen.feed
from lxml.etree import ProcessingInstruction, _Element

from feeds.model.feed import Entry, Feed, Format
from feeds.syndication.text import language_tag, line, plain, uri

GENERATOR = "Kawaraban"
"""Named in every feed, without a version: an upgrade must not change every feed's bytes."""

DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
"""RFC 5005."""
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def _rfc822(moment: datetime) -> str:
    return format_datetime(moment)


# feedgen's own function sets the locale of the whole process to "C" and back for every date,
# so that other threads see a locale that is not theirs.
feedgen.feed.formatRFC2822 = _rfc822
feedgen.entry.formatRFC2822 = _rfc822


class Extension:
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


class FeedExtension(Extension):
    """Has to be told which feed it extends: feedgen makes it without arguments."""

    def __init__(self) -> None:
        self.feed: Feed | None = None

    def tell(self, feed: Feed) -> None:
        self.feed = feed


class EntryExtension(Extension):
    """Has to be told which entry it extends."""

    def __init__(self) -> None:
        self.entry: Entry | None = None
        self.language = ""
        """The entry's, where it is not the feed's."""
        self.is_episode = False
        """Whether the feed is a podcast, so that the entry may say what it is in there."""

    def tell(self, entry: Entry, feed: Feed) -> None:
        self.entry = entry
        language = language_tag(entry.language)
        self.language = "" if language == language_tag(feed.language) else language
        self.is_episode = feed.podcast is not None


def generator(feed: Feed, extension: type[FeedExtension], of_entries: type[EntryExtension]) -> Any:
    """A FeedGenerator with what RSS and Atom have in common."""
    made = feedgen.feed.FeedGenerator()
    made.register_extension("kawaraban", extension, of_entries)
    made.kawaraban.tell(feed)
    made.title(plain(feed.title) or uri(feed.home))
    made.generator(GENERATOR)
    if language := language_tag(feed.language):
        made.language(language)
    if rights := plain(feed.rights):
        made.rights(rights)
    return made


def add_entry(made: Any, entry: Entry, feed: Feed) -> Any:
    """Appends the entry, and returns feedgen's own object for it; without ``append`` feedgen prepends."""
    added = made.add_entry(order="append")
    added.kawaraban.tell(entry, feed)
    added.title(plain(entry.title) or uri(entry.url))
    added.link(href=uri(entry.url), rel="alternate")
    added.category(subjects(entry))
    return added


def subjects(entry: Entry) -> list[dict[str, str]]:
    """Each category, its page as the scheme; then each tag that no category says already."""
    found = {line(category.label): (line(category.slug), uri(category.page)) for category in entry.categories}
    for tag in map(line, entry.tags):
        found.setdefault(tag, (tag, ""))
    return [
        {"term": plain(term or label), "label": plain(label)} | ({"scheme": page} if page else {})
        for label, (term, page) in found.items()
        if label
    ]


def links(feed: Feed, form: Format) -> Iterator[dict[str, str]]:
    """The attributes of a feed's links beside those to itself and to its site: hubs, pages, alternates."""
    for hub in feed.hubs:
        yield {"rel": "hub", "href": uri(hub)}  # WebSub §4: the topic is rel=self
    for relation, addresses in feed.pages.items():
        if form in addresses:
            yield {"rel": relation, "href": uri(addresses[form]), "type": form.media_type}
    yield from _alternates(feed, form).values()


def _alternates(feed: Feed, form: Format) -> dict[tuple[Format, str], dict[str, str]]:
    """The same feed in the other formats; in this format, the feeds of other languages. Each once."""
    found = {}
    own = language_tag(feed.language)
    for other in feed.alternates if own else ():
        language = language_tag(other.language)
        if bool(language) == (other.format is form) and language != own:
            known = {"hreflang": language, "title": line(other.title)}
            link = {"rel": "alternate", "href": uri(other.url), "type": other.format.media_type}
            found[other.format, language] = link | {name: value for name, value in known.items() if value}
    return found


def put_stylesheet(root: _Element, address: str) -> None:
    """Names the CSS before the root (https://www.w3.org/TR/xml-stylesheet/)."""
    if address:
        root.addprevious(
            ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{escape(uri(address))}"')
        )


def end_line(element: _Element) -> None:
    """Ends the line after this element, so that a changed entry is a changed line."""
    element.tail = "\n"
