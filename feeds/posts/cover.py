"""The image that front matter names for a post."""

from __future__ import annotations

from feeds.posts.characters import clean
from feeds.posts.fields import Fields
from feeds.posts.plain import plain
from feeds.posts.site import absolute

_KEYS = (
    "image", "images", "cover", "cover.image", "cover.src", "thumbnail", "featured_image", "featuredImage",
    "feature_image", "featureimage", "og_image", "ogImage", "hero", "heroImage", "hero_image", "teaser",
    "header.teaser", "header.image", "header.og_image", "coverImage", "cover_image", "banner", "eyecatch",
    "extra.image", "extra.thumbnail", "extra.cover", "extra.hero", "extra.og_image",
)  # fmt: skip
_TOP = tuple(key for key in _KEYS if "." not in key)
_TABLES = ("cover", "header", "extra")
KEYS = frozenset({*_TOP, *_TABLES, *(key.lower() for key in _TOP)})
"""Keys at the top of front matter that make it worth asking for an image."""

_PLACES = tuple((key, key.partition(".")[0], key.partition(".")[0].lower()) for key in _KEYS)
"""Each key, and the key at the top that it stands under, in both ways to spell it."""
_ALT_KEYS = frozenset({
    "image_alt", "imageAlt", "image_description", "cover_alt", "heroImageAlt", "heroAlt", "hero_alt",
    "coverAlt",
    "featuredImageAlt", "featured_image_alt", "thumbnail_alt", "thumbnailAlt", "imagealt", "heroimagealt",
})  # fmt: skip
_NO_IMAGE = frozenset({"false", "true", "none", "no"})
_BUILT = ("@", "~", "../")
"""How references begin that a bundler resolves to addresses of its own."""


def cover(fields: Fields, url: str) -> tuple[str, str]:
    """The image that the front matter names, absolute, and its alternative text."""
    values = fields.values
    for key, top, folded in _PLACES:
        if top not in values and folded not in values:
            continue
        reference = fields.text(key)
        if reference and reference.lower() not in _NO_IMAGE and not reference.startswith(_BUILT):
            return absolute(clean(reference), url), plain(clean(_alternative(fields, key)))
    return "", ""


def _alternative(fields: Fields, key: str) -> str:
    table = key.partition(".")[0]
    if isinstance(fields.value(table), dict):
        return fields.text(f"{table}.alt", f"{table}.caption", f"{table}.description", f"{table}.image_alt")
    return "" if _ALT_KEYS.isdisjoint(fields.values) else fields.text(*sorted(_ALT_KEYS))
