"""JSON Feed 1.1."""

from __future__ import annotations

import json
from typing import Any

from feeds.model.feed import Entry, Feed, Format
from feeds.syndication.text import language_tag, line, rfc3339, uri, xml_text


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1, in UTF-8; members stand in the order of the specification."""
    members = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": line(feed.title) or uri(feed.home),
        "home_page_url": uri(feed.home),
        "feed_url": uri(feed.addresses[Format.JSON]),
        "description": line(feed.description),
        "authors": _authors(feed.author),
        "language": language_tag(feed.language),
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
        "content_html": xml_text(entry.html),
        "content_text": "" if entry.html else excerpt,
        "summary": excerpt,
        "image": uri(entry.image.url) if entry.image else "",
        "date_published": rfc3339(entry.published),
        "date_modified": rfc3339(entry.updated),
        "authors": _authors(entry.author),
        "tags": _tags(entry),
        "language": "" if language == language_tag(feed.language) else language,
    }
    needed = "content_html" if entry.html else "content_text"  # an item has one of them, be it empty
    return {name: value for name, value in members.items() if value or name == needed}


def _authors(name: str) -> list[dict[str, str]]:
    return [{"name": line(name)}] if line(name) else []


def _tags(entry: Entry) -> list[str]:
    labels = [*(category.label for category in entry.categories), *entry.tags]
    return [label for label in dict.fromkeys(map(line, labels)) if label]
