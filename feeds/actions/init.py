"""init: what a folder tells about the publication in it, and its first configuration."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from feeds.actions import jekyll_site
from feeds.actions.jekyll_site import JekyllSite
from feeds.errors import ConfigurationError
from feeds.model.category import slugify

Settings = dict[str, dict[str, Any]]
"""Table → key → value, by the names of the configuration."""

_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Found:
    """What ``init`` takes over from a folder."""

    kind: str
    """``jekyll``, or ``new``."""
    settings: Settings
    categories: Settings = field(default_factory=dict)
    """Label → key → value."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """Key such as ``site.language`` → what was guessed, or has to be filled in."""
    posts: int = 0
    old_feeds: tuple[tuple[str, str], ...] = ()
    """Files of the site that are feeds by hand, and the one category that each names, or an empty text."""
    exclude: tuple[str, ...] = ()
    """What Jekyll must not copy to the web, and would."""


def look_at(folder: Path) -> Found:
    """What the publication in this folder is, as far as the folder tells; writes nothing."""
    site = jekyll_site.find(folder)
    return _new_publication(folder) if site is None else _jekyll_publication(site)


def write_configuration(file: Path, text: str) -> None:
    """Write the first configuration; one that stands there is never overwritten."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise ConfigurationError(
            f"{file}: is there already; edit it, or move it away and call init again"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be written: {error.strerror}") from None


def _new_publication(folder: Path) -> Found:
    title = folder.resolve().name or "Publication"
    settings: Settings = {
        "site": {"title": title, "url": "https://example.org", "language": "en", "timezone": "UTC"},
        "posts": {"folder": "posts"},
        "mail": _mail(title, "", "example.org"),
    }
    remarks = {
        "site.url": "Put the real address here before the first build: feeds and mails are full of it.",
        "mail.from": "Put the real address here.",
    }
    return Found("new", settings, remarks=remarks)


def _jekyll_publication(site: JekyllSite) -> Found:
    posts = site.posts()
    titles = [post.title for post in posts]
    site, remarks = _guess(site, titles)
    labels = Counter(label for post in posts for label in post.categories)
    settings: Settings = {
        "site": _without_empty(
            {
                "title": site.title,
                "url": site.url or "https://example.org",
                "language": site.language,
                "timezone": site.timezone,
                "author": site.author,
                "description": site.description,
                "public": site.source_name or ".",
            }
        ),
        "posts": _without_empty(
            {
                "folder": site.posts_name,
                "dialect": "jekyll",
                "permalink": site.permalink,
                "excerpt_separator": site.excerpt_separator,
            }
        )
        | {"future": site.future},
        "feeds": {"ids": "jekyll"},
        "mail": _mail(site.short_title or site.title, site.email, site.host or "example.org"),
    }
    if not site.email:
        remarks["mail.from"] = "_config.yml names no address; put the real one here."
    categories = _categories(labels, site.category_descriptions)
    return Found(
        kind="jekyll",
        settings=settings,
        categories=categories,
        remarks=remarks,
        posts=len(posts),
        old_feeds=site.old_feeds(tuple(categories)),
        exclude=site.missing_excludes(),
    )


def _guess(site: JekyllSite, titles: Sequence[str]) -> tuple[JekyllSite, dict[str, str]]:
    """The site with its gaps filled, and a remark about each."""
    remarks: dict[str, str] = {}
    if not site.language:
        site = replace(site, language="ja" if mostly_japanese(titles) else "en")
        remarks["site.language"] = "Guessed from the titles of the posts; _config.yml does not say."
    if not site.timezone:
        site = replace(site, timezone="Asia/Tokyo" if site.language == "ja" else "UTC")
        remarks["site.timezone"] = "Guessed from the language; Jekyll took the zone of the machine it ran on."
    if not site.url:
        remarks["site.url"] = "_config.yml does not say; put the real address here before the first build."
    return site, remarks


def mostly_japanese(titles: Sequence[str]) -> bool:
    """True if more than half of the titles contain kana or kanji."""
    return 2 * sum(_JAPANESE.search(title) is not None for title in titles) > len(titles)


def _categories(labels: Counter[str], descriptions: Mapping[str, str]) -> Settings:
    """A section for each category: in the order of _config.yml, then those with most posts first.

    Of spellings that fold to one slug, the one with most posts stands for all.
    """
    listed = {label: place for place, label in enumerate(descriptions)}
    by_slug: dict[str, str] = {}
    for label, _ in sorted(labels.items(), key=lambda pair: (-pair[1], pair[0])):
        if slug := slugify(label):
            by_slug.setdefault(slug, label)
    ordered = sorted(by_slug.values(), key=lambda label: listed.get(label, len(listed)))
    return {label: _without_empty({"description": descriptions.get(label, "")}) for label in ordered}


def _mail(name: str, address: str, host: str) -> dict[str, Any]:
    plain_name = re.sub(r'[<>"\x00-\x1f]+', " ", name).strip()
    address = address or f"news@{host.removeprefix('www.')}"
    return {"from": f"{plain_name} <{address}>".strip(), "smtp": "smtp://localhost:25"}


def _without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}
