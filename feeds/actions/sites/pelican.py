"""What ``pelicanconf.py`` says of a site, and where its feeds lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from feeds.actions.sites.reading import joined_url, read_text
from feeds.actions.sites.site import GeneratorSite
from feeds.posts.dialects.pelican import CONFIGURATIONS, assigned, pelican_values, slugify
from feeds.posts.dialects.settings import Files

_NO_FEEDS = """\
Pelican makes feeds of its own, some at the addresses of yours. Keep it from that in pelicanconf.py:

{lines}"""
_EMPTIES = """\
Pelican empties its output folder, and the feeds in it, each time. Keep it from that in {file}:

DELETE_OUTPUT_DIRECTORY = False"""
_LATER = "Pelican shows posts whose date has not come; put false here if yours wait for it."
_FEEDS = {
    "FEED_ALL_ATOM": "feeds/all.atom.xml",
    "CATEGORY_FEED_ATOM": "feeds/{slug}.atom.xml",
    "TRANSLATION_FEED_ATOM": "feeds/all-{lang}.atom.xml",
    "AUTHOR_FEED_ATOM": "feeds/{slug}.atom.xml",
    "AUTHOR_FEED_RSS": "feeds/{slug}.rss.xml",
}
"""Settings and their defaults."""
_OF_ALL = ("FEED_ALL_ATOM", "FEED_ATOM", "FEED_ALL_RSS", "FEED_RSS")


def find(root: Path) -> GeneratorSite:
    """The Pelican site in this folder."""
    names = sorted(CONFIGURATIONS)  # pelicanconf.py first
    files = tuple((name, read_text(root / name)) for name in names if (root / name).is_file())
    said = pelican_values(files)
    description = _text(said, "SITEDESCRIPTION") or _text(said, "SITESUBTITLE")
    by_category = _text(said, "CATEGORY_FEED_ATOM", _FEEDS["CATEGORY_FEED_ATOM"])
    future = said.get("WITH_FUTURE_DATES", True) is not False
    return GeneratorSite(
        root=root,
        dialect="pelican",
        told_by="pelicanconf.py",
        posts_name=_text(said, "PATH", "content").strip("/") or ".",
        public_name=_text(said, "OUTPUT_PATH", "output").strip("/"),
        title=_text(said, "SITENAME"),
        url=joined_url(_text(said, "SITEURL")),
        language=_text(said, "DEFAULT_LANG", "en").replace("_", "-"),
        timezone=_text(said, "TIMEZONE", "UTC"),
        author=_text(said, "AUTHOR"),
        description=description,
        future=future,
        ids="pelican",
        feeds=tuple(_whole(said)),
        category_feed=partial(_category_feed, by_category),
        category_suffix=".atom.xml",
        advice=tuple(_advice(said, files)),
        remarks={"posts.future": _LATER} if future else {},
    )


def _category_feed(template: str, label: str) -> str:
    path = re.sub(r"\{slug\}|%s", lambda _: slugify(label), template)
    return f"/{path.lstrip('/')}" if path else ""


def _text(said: Mapping[str, object], name: str, default: str = "") -> str:
    value = said.get(name, default)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _whole(said: Mapping[str, object]) -> list[tuple[str, str]]:
    """The feeds of everything."""
    named = ((name, _text(said, name, _FEEDS.get(name, ""))) for name in _OF_ALL)
    return [
        (f"/{path.lstrip('/')}", ".atom.xml" if name.endswith("ATOM") else ".rss.xml")
        for name, path in named
        if path
    ]


def _advice(said: Mapping[str, object], files: Files) -> list[str]:
    made = [name for name, default in _FEEDS.items() if _text(said, name, default)]
    made += [
        name for name in said if name.startswith("FEED_") and name.endswith(("RSS", "ATOM")) and said[name]
    ]
    advice = []
    if made:
        lines = "\n".join(f"{name} = None" for name in dict.fromkeys(made))
        advice.append(_NO_FEEDS.format(lines=lines))
    if said.get("DELETE_OUTPUT_DIRECTORY") is True:
        saying = (name for name, text in reversed(files) if "DELETE_OUTPUT_DIRECTORY" in assigned(text))
        advice.append(_EMPTIES.format(file=next(saying)))
    return advice
