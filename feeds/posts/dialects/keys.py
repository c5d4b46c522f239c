"""Under which names front matter keeps what every dialect has, and which files hold posts."""

from __future__ import annotations

from feeds.posts.fields import Fields

MARKDOWN = frozenset({".md", ".markdown", ".mkd", ".mkdn", ".mkdown", ".mdown", ".mdx"})
"""Suffixes of Markdown files, in every dialect."""

HTML = frozenset({".html", ".htm"})

DATE_KEYS = (
    "date", "published_at", "publishedAt", "publishDate", "pubDate", "pubDatetime", "published_date",
    "created",
    "created_at", "createdAt", "created_time",
)  # fmt: skip
UPDATED_KEYS = (
    "last_modified_at", "updated", "lastmod", "modified", "updated_at", "updatedDate", "updatedAt",
    "modDatetime", "updateDate", "last_edited_time",
    "last_update.date",
)  # fmt: skip
"""Where authors write when a post was last changed; the first that is there counts."""
UPDATED = frozenset({*UPDATED_KEYS, *(key.lower() for key in UPDATED_KEYS), "last_update"})
"""Keys at the top of front matter that make it worth asking for these."""
LANGUAGE_KEYS = frozenset({"lang", "language", "locale"})


def first_date(fields: Fields, keys: tuple[str, ...]) -> tuple[str, str]:
    """The first of these keys that has a value other than yes or no, and the value before it."""
    for key in keys:
        if (written := fields.text(key)) and written.lower() not in {"true", "false"}:
            return written, key
    return "", ""
