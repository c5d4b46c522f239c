"""A folder of Markdown files and no generator that we know: every default of ``Dialect``."""

from __future__ import annotations

from feeds.posts.dialects.dialect import Dialect

PLAIN = Dialect("plain")
