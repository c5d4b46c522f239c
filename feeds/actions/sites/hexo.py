"""What Hexo's ``_config.yml`` says of a site, and where its feeds lie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from feeds.actions.sites.jekyll import read_config
from feeds.actions.sites.reading import joined_url, read_text
from feeds.actions.sites.site import GeneratorSite

_COPY = """\
Keep Hexo from taking the feeds for pages, in _config.yml:

skip_render: "feeds/**\""""
_PLUGIN = """\
hexo-generator-feed makes {paths}. Once yours are served, take it out: npm uninstall hexo-generator-feed"""
_LATER = "Hexo shows posts whose date has not come; put false here if yours wait for it."


def find(root: Path) -> GeneratorSite:
    """The Hexo site in this folder. Raises ConfigurationError where its _config.yml is broken."""
    said = read_config(root / "_config.yml")
    source = _text(said.get("source_dir")).strip("/") or "source"
    language = said.get("language")
    first = language[0] if isinstance(language, list) and language else language
    feeds = _feeds(said, root)
    future = said.get("future", True) is not False
    paths = " and ".join(path for path, _ in feeds)
    return GeneratorSite(
        root=root,
        dialect="hexo",
        told_by="_config.yml",
        posts_name=f"{source}/_posts",
        public_name=source,
        title=_text(said.get("title")),
        url=joined_url(_text(said.get("url"))),
        language=_text(first).replace("_", "-"),
        timezone=_text(said.get("timezone")),
        author=_text(said.get("author")),
        email=_text(said.get("email")),
        description=_text(said.get("description")) or _text(said.get("subtitle")),
        future=future,
        feeds=feeds,
        advice=(_COPY, _PLUGIN.format(paths=paths)) if feeds else (_COPY,),
        remarks={"posts.future": _LATER} if future else {},
    )


def _feeds(said: Mapping[str, object], root: Path) -> tuple[tuple[str, str], ...]:
    """Those of hexo-generator-feed, if it is there: ``type`` and ``path`` are texts, or lists of as many."""
    if '"hexo-generator-feed"' not in read_text(root / "package.json"):
        return ()
    wish = said.get("feed")
    wishes: Mapping[str, object] = wish if isinstance(wish, dict) else {}
    kinds = _texts(wishes.get("type")) or ["atom"]
    paths = _texts(wishes.get("path"))
    usual = {"atom": "atom.xml", "rss2": "rss2.xml"}
    found = []
    for index, kind in enumerate(kinds):
        path = paths[index] if index < len(paths) else usual.get(kind, "atom.xml")
        found.append((f"/{path.lstrip('/')}", ".atom.xml" if kind == "atom" else ".rss.xml"))
    return tuple(found)


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return (
        [str(one) for one in value] if isinstance(value, list) else [value] if isinstance(value, str) else []
    )
