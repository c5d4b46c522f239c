"""Old addresses: each leads somewhere, none to itself, and none is the address of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeds.config.complaints import Complaint
from feeds.config.feed_settings import category_slug
from feeds.config.settings import Settings

if TYPE_CHECKING:
    from feeds.config.paths import Paths


def complete_redirects(settings: Settings, paths: Paths, complaints: list[Complaint]) -> dict[str, str]:
    """The redirects with chains followed to their ends; what is wrong is added to ``complaints``."""
    if not settings.redirects:
        return {}
    documents = _documents(settings, paths)
    ends: dict[str, str] = {}
    for old, new in settings.redirects.items():
        where = ("redirects", old)
        if old in documents:
            complaints.append(Complaint(where, f"{documents[old]} is published at this path"))
        passed, end = [old], new
        while end in settings.redirects and end not in passed:
            passed.append(end)
            end = settings.redirects[end]
        if end in passed:
            complaints.append(Complaint(where, f"leads back to itself: {' → '.join([*passed, end])}"))
        ends[old] = end
    return ends


def _documents(settings: Settings, paths: Paths) -> dict[str, str]:
    """The paths of the documents that the configuration knows of, and what each is."""
    if not paths.feeds.is_relative_to(paths.public):
        return {}
    below = f"/{paths.feeds.relative_to(paths.public).as_posix()}".removesuffix("/.")
    keys = {"all": "the feed of all posts"}
    found = {f"{below}/index.opml": "the list of all feeds", f"{below}/index.html": "the page of all feeds"}
    for label, category in settings.categories.items():
        keys[f"category/{category_slug(label, category)}"] = f'the feed of "{label}"'
        if category.path:
            found[category.path] = f'the RSS of "{label}"'
    for key, name in keys.items():
        found |= {f"{below}/{key}{form.suffix}": name for form in settings.feeds.formats}
    return found
