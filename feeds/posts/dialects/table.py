"""The dialects by name, and which of them a folder speaks."""

from __future__ import annotations

from pathlib import Path

from feeds.posts.dialects.dialect import Dialect
from feeds.posts.dialects.hugo import HUGO
from feeds.posts.dialects.jekyll import JEKYLL
from feeds.posts.dialects.plain import PLAIN
from feeds.posts.dialects.zola import ZOLA
from feeds.posts.folder import Surroundings, surroundings

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (JEKYLL, HUGO, ZOLA, PLAIN)}


def detect(folder: Path) -> str:
    """The name of the dialect that a posts folder, or a site's root, speaks; ``plain`` if none is known."""
    found = surroundings(folder)
    if _is_jekyll(folder, found):
        return "jekyll"
    if "zola.toml" in found.files or "base_url" in found.config:
        return "zola"
    hugo_files = {"hugo.toml", "hugo.yaml", "hugo.json"}
    if hugo_files & found.files or "baseurl" in found.config.lower() or "archetypes" in found.folders:
        return "hugo"
    return "hugo" if found.has_section_pages else "plain"


def _is_jekyll(folder: Path, found: Surroundings) -> bool:
    return folder.name == "_posts" or "_posts" in found.folders or "_config.yml" in found.files
