"""OPML 2.0: all feeds in one list that feed readers import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feeds.model.feed import FeedSummary, Format
from feeds.syndication.groups import HEADINGS, grouped
from feeds.syndication.text import language_tag, line, uri

MEDIA_TYPE = "text/x-opml"


def opml(title: str, feeds: Iterable[FeedSummary], headings: Mapping[str, str] = HEADINGS) -> bytes:
    """The feeds as an OPML 2.0 subscription list, each in the first of its formats that programs know best.

    The feed of everything stands by itself, the others in a folder for each group, which readers show
    as such; ``headings`` has their names. There are no dates: the same feeds give the same bytes.
    """
    from lxml.etree import Element, SubElement, tostring

    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = line(title)
    body = SubElement(root, "body")
    for kind, members in grouped(feeds).items():
        heading = line(headings.get(kind, ""))
        folder = SubElement(body, "outline", text=heading, title=heading) if heading else body
        for feed in members:
            SubElement(folder, "outline", _attributes(feed))
    return tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _attributes(feed: FeedSummary) -> dict[str, str]:
    """What a subscription list says of a feed; ``type`` is ``rss`` whatever its format (OPML 2.0)."""
    attributes = {
        "type": "rss",
        "text": line(feed.title),
        "title": line(feed.title),
        "description": line(feed.description),
        "xmlUrl": uri(next(feed.addresses[form] for form in Format if form in feed.addresses)),
        "htmlUrl": uri(feed.home),
        "language": language_tag(feed.language),
    }
    return {name: value for name, value in attributes.items() if value or name in ("text", "title")}
