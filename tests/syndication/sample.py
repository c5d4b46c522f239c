"""Feeds made by hand, and the judges that nobody here wrote."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from feeds.model.category import Category
from feeds.model.feed import Entry, Feed, FeedSummary, Format, Media
from feeds.model.post import PostIds

SITE = "https://example.org"
START = datetime(2025, 9, 14, 4, 36, 2, 123456, tzinfo=UTC)
GUIDE = Category("ai技術ガイド", "AI技術ガイド", "AI技術ガイド")
NEWS = Category("news", "News & Views", "News & Views")


def entry(number: int = 1, **changes: Any) -> Entry:
    """A post as a feed carries it."""
    url = f"{SITE}/posts/{number}/"
    fields: dict[str, Any] = {
        "ids": PostIds(url, f"tag:example.org,2025:{number}", url),
        "title": f"記事 {number}",
        "url": url,
        "published": START - timedelta(hours=number),
        "updated": START,
        "authors": ("大和",),
        "language": "ja",
        "categories": (GUIDE,),
        "tags": ("feeds",),
        "excerpt": f"要約 {number}。",
        "html": f"<p>本文 {number}、<strong>「強調」</strong>と &amp; &lt;tag&gt;</p>",
        "image": Media(f"{SITE}/images/{number}.png"),
    }
    return Entry(**(fields | changes))


def feed(*entries: Entry, **changes: Any) -> Feed:
    """A feed of these entries."""
    fields: dict[str, Any] = {
        "key": "category/guide",
        "id": "tag:example.org,2025:feed/guide",
        "title": "瓦版 — AI技術ガイド",
        "description": "技術の解説",
        "home": f"{SITE}/",
        "language": "ja",
        "author": "瓦版編集部",
        "updated": START,
        "addresses": {form: f"{SITE}/feeds/category/guide{form.suffix}" for form in Format},
        "entries": entries,
    }
    return Feed(**(fields | changes))


def summary(key: str = "all", **changes: Any) -> FeedSummary:
    """A published feed as lists show it."""
    fields: dict[str, Any] = {
        "key": key,
        "title": "すべての記事",
        "description": "瓦版のすべての記事",
        "posts": 20,
        "addresses": {form: f"{SITE}/feeds/{key}{form.suffix}" for form in Format},
        "home": f"{SITE}/",
        "language": "ja",
    }
    return FeedSummary(**(fields | changes))


class Judges:
    """The schemas of the three formats."""

    def __init__(self, schemas: Path) -> None:
        import jsonschema

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import rnc2rng

            grammar = rnc2rng.dumps(rnc2rng.load(str(schemas / "atom.rnc")))
        # rnc2rng declares the empty namespace as a prefix, which XML does not allow; nothing uses it.
        self._atom = etree.RelaxNG(etree.fromstring(grammar.replace('xmlns:local=""', "").encode()))
        self._rss = etree.XMLSchema(etree.parse(schemas / "rss-2_0.xsd"))
        schema = json.loads((schemas / "jsonfeed-1.1.schema.json").read_text("utf-8"))
        self._json = jsonschema.Draft7Validator(schema)

    def complaints(self, document: bytes, form: Format) -> list[str]:
        """What the schema of the format has against the document."""
        if form is Format.JSON:
            return [error.message for error in self._json.iter_errors(json.loads(document))]
        judge = self._atom if form is Format.ATOM else self._rss
        judge.validate(etree.fromstring(document))
        return [str(error) for error in judge.error_log]  # type: ignore[attr-defined]
