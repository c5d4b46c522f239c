"""What few posts say of themselves: when they expire, who may see them, rights, media, translations.

``parse`` asks here only where one of the keys stands in the front matter, so that the many pay nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from feeds.posts.characters import clean
from feeds.posts.dates import read_date
from feeds.posts.dialects.keys import first_date
from feeds.posts.fields import Fields
from feeds.posts.plain import plain
from feeds.posts.site import Site
from feeds.posts.trouble import Trouble, Withhold

EXPIRY_KEYS = ("expiryDate", "expires", "expiry_date", "unpublishDate", "unpublish_date", "expire_date")
_RIGHTS_KEYS = ("rights", "license", "licence", "copyright")
_FLAG_KEYS = ("hidden", "unlisted", "private", "publish", "ignorePublish", "status", "password")
_FEED_KEYS = ("feed", "feeds", "rss", "feed_content", "feedContent")
_TRANSLATION_KEYS = ("translationKey", "translation_key", "translation_id", "translationId", "page_id")
_REFERENCE_KEYS = ("lang-ref", "lang_ref", "ref")
"""These mean a translation where ``lang`` stands beside them."""
_MEDIA_KEYS = frozenset(
    {
        "enclosure", "enclosures", "audio", "video", "podcast", "file", "mp3", "audio_file", "audio_url",
        "audioUrl",
        "podcast_file", "podcast_url", "media", "season", "episode", "episode_number", "episode_type",
        "episodeType",
    }
)  # fmt: skip

_SPELT = {
    *EXPIRY_KEYS, *_RIGHTS_KEYS, *_FLAG_KEYS, *_FEED_KEYS, *_TRANSLATION_KEYS, *_REFERENCE_KEYS, *_MEDIA_KEYS,
}  # fmt: skip
KEYS = frozenset({*_SPELT, *(key.lower() for key in _SPELT)})
"""Every key that makes it worth asking."""

_HIDDEN = frozenset({"hidden", "unlisted", "private"})
_UNPUBLISHED = frozenset({"unpublished", "archived", "pending"})


def withhold(fields: Fields) -> None:
    """Raises Withhold for a post that says in some word that it is not to be listed, or not yet there."""
    if fields.is_true("hidden") or fields.is_true("unlisted") or fields.is_true("private"):
        raise Withhold("unlisted")
    if fields.text("password").lower() not in {"", "false"}:  # the site shows it to who knows that alone
        raise Withhold("unlisted")
    if fields.is_false("publish") or fields.is_true("ignorePublish"):
        raise Withhold("unpublished")
    status = fields.text("status").lower()
    if status == "draft":
        raise Withhold("draft")
    if status in _HIDDEN or status in _UNPUBLISHED:
        raise Withhold("unlisted" if status in _HIDDEN else "unpublished")


def particulars(fields: Fields, url: str, site: Site) -> dict[str, Any]:
    """The fields of a Post that are not what they usually are. Raises Trouble."""
    made: dict[str, Any] = {
        "expires": _expires(fields, site),
        "translation_key": _translation_key(fields),
        "rights": plain(clean(fields.text(*_RIGHTS_KEYS))),
        **_in_feeds(fields),
    }
    if not _MEDIA_KEYS.isdisjoint(fields.values) or "audiourl" in fields.values:
        from feeds.posts.media import enclosures, episode

        made["enclosures"] = enclosures(fields, url)
        made["episode"] = episode(fields, url) if made["enclosures"] else None
    return {name: value for name, value in made.items() if value not in (None, "", ())}


def _expires(fields: Fields, site: Site) -> datetime | None:
    written, key = first_date(fields, EXPIRY_KEYS)
    if not written:
        return None
    try:
        return read_date(written, site.zone)
    except ValueError as error:
        raise Trouble(str(error), line=fields.line(key), key=key) from None


def _translation_key(fields: Fields) -> str:
    named = fields.text(*_TRANSLATION_KEYS)
    if not named and fields.text("lang", "language", "locale"):
        named = fields.text(*_REFERENCE_KEYS)
    return clean(named)


def _in_feeds(fields: Fields) -> dict[str, Any]:
    """``feed: false``, ``feed: excerpt``, and ``feed: {excerpt_only: true}`` as jekyll-feed has it."""
    wish = fields.text("feed_content", "feedContent") or fields.text("feed")
    made: dict[str, Any] = {}
    if any(fields.is_false(key) for key in ("feed", "feeds", "rss")) or fields.is_true("feed.exclude"):
        made["in_feeds"] = False
    if fields.is_true("feed.excerpt_only") or wish.lower() in {"excerpt", "summary"}:
        made["feed_content"] = "excerpt"
    elif fields.is_false("feed.excerpt_only") or wish.lower() in {"full", "content"}:
        made["feed_content"] = "full"
    return made
