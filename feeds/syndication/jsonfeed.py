"""JSON Feed 1.1."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from feeds.model.feed import Entry, Feed, Format, Media
from feeds.syndication.mrss import UNKNOWN_TYPE, files_of
from feeds.syndication.text import html_text, language_tag, line, media_type, rfc3339, uri, xml_text


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1, in UTF-8; members stand in the order of the specification."""
    members = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": line(feed.title) or uri(feed.home),
        "home_page_url": uri(feed.home),
        "feed_url": uri(feed.addresses[Format.JSON]),
        "description": line(feed.description),
        "next_url": uri(feed.pages.get("prev-archive", {}).get(Format.JSON, "")),
        "icon": uri(feed.icon),
        "favicon": uri(feed.icon),
        "authors": _authors([feed.author]),
        "language": language_tag(feed.language),
        "hubs": [{"type": "WebSub", "url": uri(hub)} for hub in feed.hubs],
        "_rights": _rights(feed.rights),
        "items": [_item(entry, feed) for entry in feed.entries],
    }
    kept = {name: value for name, value in members.items() if value or name == "items"}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode()


def _item(entry: Entry, feed: Feed) -> dict[str, Any]:
    language = language_tag(entry.language)
    excerpt = xml_text(entry.excerpt)
    members = {
        "id": xml_text(entry.ids.json),
        "url": uri(entry.url),
        "title": line(entry.title),
        "content_html": html_text(entry.html),
        "content_text": "" if entry.html else excerpt,
        "summary": excerpt,
        "image": uri(entry.image.url) if entry.image else "",
        "date_published": rfc3339(entry.published),
        "date_modified": rfc3339(entry.updated),
        "authors": _authors(entry.authors),
        "tags": _tags(entry),
        "language": "" if language == language_tag(feed.language) else language,
        "attachments": [_attachment(media) for media in files_of(entry)],
        "_rights": _rights(entry.rights),
        "_translations": _translations(entry),
    }
    needed = "content_html" if entry.html else "content_text"  # an item has one of them, be it empty
    return {name: value for name, value in members.items() if value or name == needed}


def _authors(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"name": name} for name in map(line, names) if name]


def _tags(entry: Entry) -> list[str]:
    labels: Iterable[str] = (*(category.label for category in entry.categories), *entry.tags)
    return [label for label in dict.fromkeys(map(line, labels)) if label]


def _attachment(media: Media) -> dict[str, str | int]:
    known: dict[str, str | int] = {
        "url": uri(media.url),
        "mime_type": media_type(media.media_type) or UNKNOWN_TYPE,
        "size_in_bytes": max(media.length, 0),
        "duration_in_seconds": max(media.seconds, 0),
    }
    return {name: value for name, value in known.items() if value}


# The specification has no member for these; extensions are objects whose names begin with "_".


def _rights(text: str) -> dict[str, str]:
    return {"text": line(text)} if line(text) else {}


def _translations(entry: Entry) -> dict[str, str]:
    """Addresses by language, the entry's own left out."""
    found = {language_tag(other.language): uri(other.url) for other in entry.translations}
    return {name: url for name, url in found.items() if name and name != language_tag(entry.language)}
