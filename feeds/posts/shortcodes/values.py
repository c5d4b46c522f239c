"""What a site's configuration and a post's front matter hand to templates by name: texts only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from feeds.posts import frontmatter
from feeds.posts.dialects.settings import settings_of
from feeds.posts.fields import Value
from feeds.posts.site import Site
from feeds.posts.trouble import Trouble

_OWN = ("_config.", "_config_")
"""What the names of files with Jekyll's or Hexo's settings begin with."""


def site_value(site: Site, name: str) -> str | None:
    """The text under a name of the configuration."""
    return text_under(settings_of(tuple(file for file in site.files if file[0].startswith(_OWN))), name)


def include(site: Site, name: str) -> str | None:
    """The text that posts include by this name."""
    ending = f"_includes/{name}"
    return next((text for file, text in site.files if file == ending or file.endswith(f"/{ending}")), None)


@lru_cache(maxsize=2)
def front_matter(head: str, headers: bool) -> Mapping[str, Value]:
    """The values that stand above a body; none where they cannot be read."""
    try:
        return frontmatter.read(head, headers=headers).values
    except Trouble:
        return {}


def text_under(values: Mapping[str, Value], name: str) -> str | None:
    """The text under a name, with dots for tables within tables; None for what is no text."""
    found: Value | None = dict(values)
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None
