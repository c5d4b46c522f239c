"""Other posts by the names that bodies call them: what is meant, and which post has the name.

A name is the path of a file below the site's root, or the last steps of it, without its suffix.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from feeds.posts.dialects.keys import HTML, MARKDOWN
from feeds.posts.shortcodes.page import Page
from feeds.posts.site import Site

_SUFFIXES = MARKDOWN | HTML | {".mdx", ".rst", ".text"}


def named(written: str, page: Page, *, beside: bool = False) -> tuple[str, str]:
    """The name that a written reference means, and its ``#fragment`` if it has one.

    ``beside``: it is relative to the file that it stands in.
    """
    path, hash_, fragment = written.partition("#")
    path = path.partition("?")[0].strip()
    if beside and not path.startswith("/"):
        path = posixpath.join(posixpath.dirname(page.site.path_of(page.path)), path)
    return bare(posixpath.normpath(path) if path else ""), hash_ + fragment


def bare(path: str) -> str:
    """A path without slashes at its ends, suffix, and ``index``."""
    path = path.strip("/")
    stem, dot, suffix = path.rpartition(".")
    if dot and "." + suffix.lower() in _SUFFIXES:
        path = stem
    if path.startswith("../"):
        path = path.replace("../", "")
    return path.removesuffix("/index").removesuffix("/_index")


def likely_paths(name: str, site: Site) -> list[str]:
    """Paths below the posts folder at which a post of this name lies, if it lies where most do."""
    stem = name.removeprefix(f"{site.folder}/") if site.folder else name
    return [stem + ending for ending in (".md", ".markdown", ".mdx", ".html", "/index.md")]


class Addresses:
    """The addresses of posts by their names."""

    def __init__(self, posts: Iterable[tuple[str, str]], site: Site) -> None:
        """``posts``: path relative to the posts folder, and address, of each."""
        self._by_step: dict[str, list[tuple[str, str]]] = {}
        for path, url in sorted(posts):
            for name in _names(site.path_of(path)):
                self._by_step.setdefault(name.rpartition("/")[2], []).append((name, url))

    def find(self, name: str) -> str | None:
        """The address of the post with exactly this path, else of the one with the shortest that ends so."""
        same = self._by_step.get(name.rpartition("/")[2], ())
        fitting = [(len(path), path, url) for path, url in same if path == name or path.endswith("/" + name)]
        return min(fitting)[2] if fitting else None


def _names(path: str) -> list[str]:
    """The name of a file; also without its language where the suffix tells it."""
    name = bare(path)
    stem, dot, language = name.rpartition(".")
    if dot and 2 <= len(language) <= 5 and "/" not in language:
        return [name, stem.removesuffix("/index")]
    return [name]
