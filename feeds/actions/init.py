"""init: what a folder tells about the publication in it, and its first configuration."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from feeds.actions.no_posts import none_is_a_post
from feeds.actions.sites.by_hand import feeds_by_hand
from feeds.actions.sites.site import GeneratorSite
from feeds.actions.spellings import Variants, variants
from feeds.errors import ConfigurationError
from feeds.model.category import slugify
from feeds.model.noun import dataclass
from feeds.model.post import Post

Settings = dict[str, dict[str, Any]]
"""Table → key → value, by the names of the configuration."""

_GUESSED_ZONE = {
    "jekyll": "Guessed from the language; Jekyll took the zone of the machine it ran on.",
    "hexo": "Guessed from the language; Hexo took the zone of the machine it ran on.",
    "": "Guessed from the language; dates that name no zone are meant in it.",
}
_TAGS_ARE_ALL = "No post has a category, so tags are taken for them; without this line they are only tags."
_WITH_DATES = "Some files have one name but for the date before it; say here what your addresses are."
_TAG_KEYS = {"zenn": ("topics",), "zola": ("taxonomies.tags",)}
_FEW = 40
"""Tags that can stand for categories: readers choose from all of them."""
_IN_NO_PATH = re.compile(r"[?#%\\\x00-\x20\x7f]|//|/$|\.\.")
_KANA = re.compile(r"[\u3041-\u30fa\uff66-\uff9d]")
_KANA_OR_KANJI = re.compile(r"[\u3041-\u30fa\uff66-\uff9d\u4e00-\u9fff]")
_ENOUGH = 5
"""Titles in kanji alone that Japanese would hardly have so many of."""
_ZONES = {"ja": "Asia/Tokyo", "zh": "Asia/Shanghai", "zh-tw": "Asia/Taipei", "zh-hk": "Asia/Hong_Kong"}


@dataclass(frozen=True, slots=True)
class Found:
    """What ``init`` takes over from a folder."""

    kind: str
    """The name of a dialect, or ``new``."""
    settings: Settings
    categories: Settings = field(default_factory=dict)
    """Label → key → value."""
    remarks: Mapping[str, str] = field(default_factory=dict)
    """Key such as ``site.language``, or ``categories.LABEL`` → what was guessed, or has to be filled in."""
    redirects: Mapping[str, str] = field(default_factory=dict)
    """Path of a feed that the generator makes → path of ours."""
    posts: int = 0
    why: str = ""
    """By what the dialect was recognised."""
    old_feeds: tuple[tuple[str, str], ...] = ()
    """Files of the site that are feeds by hand, and the one category that each names, or an empty text."""
    advice: tuple[str, ...] = ()
    """What to change at the generator."""


def look_at(folder: Path) -> Found:
    """What the publication in this folder is, as far as the folder tells; writes nothing."""
    from feeds.posts.dialects.table import recognise

    if not folder.is_dir():
        return _new_publication(folder)
    seen = recognise(folder, above=False)
    site = _site(seen.dialect, folder)
    return _new_publication(folder) if site is None else _publication(site, seen.why)


def _site(dialect: str, folder: Path) -> GeneratorSite | None:
    """What the site says of itself; None for a folder without any."""
    from feeds.actions.sites import folder as plain_folder
    from feeds.actions.sites import hexo, hugo, jekyll, pelican, scripts, services, zola

    finders: dict[str, Callable[[Path], GeneratorSite]] = {
        "jekyll": jekyll.find,
        "hexo": hexo.find,
        "hugo": hugo.find,
        "zola": zola.find,
        "pelican": pelican.find,
        "eleventy": scripts.find_eleventy,
        "astro": scripts.find_astro,
        "docusaurus": scripts.find_docusaurus,
        "vitepress": scripts.find_vitepress,
        "zenn": services.find_zenn,
        "qiita": services.find_qiita,
    }
    if dialect in finders:
        return finders[dialect](folder)
    return plain_folder.find(folder, dialect)


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


def _publication(site: GeneratorSite, why: str) -> Found:
    from feeds.posts.folder import list_sources

    posts = site.posts()
    apart = _told_apart(site, posts)
    site, remarks = _guess(apart or site, [post.title for post in posts])
    if apart:
        remarks["posts.permalink"] = _WITH_DATES
    folder = site.root / site.posts_name
    if not posts and folder.is_dir() and (files := list_sources(folder)):
        remarks["posts.folder"] = none_is_a_post(len(files), site.dialect)
    labels = Counter(label for post in posts for label in post.categories)
    tags = Counter(tag for post in posts for tag in post.tags)
    if not labels and 0 < len(tags) <= _FEW:
        site, labels = replace(site, categories_from=_TAG_KEYS.get(site.dialect, ("tags",))), tags
        remarks["posts.categories_from"] = _TAGS_ARE_ALL
    categories = _categories(labels, site.category_descriptions)
    for found in variants(labels):
        joined = _one_to_the_generator(found, site)
        if joined and found.kept in categories:
            categories[found.kept]["formerly"] = joined
        if others := [label for label in found.others if label not in joined]:
            line = _formerly([*joined, *others])
            remarks[f"categories.{found.kept}"] = f"{found.message}; to join them: {line}"
    slugs = {label: slug for label in categories if (slug := slugify(label))}
    return Found(
        kind=site.dialect,
        settings=_settings(site),
        categories=categories,
        remarks=remarks,
        redirects=dict(_possible(site.redirects(slugs, "/feeds", posts))),
        posts=len(posts),
        why=why,
        old_feeds=feeds_by_hand(site.root / site.public_name, tuple(categories)),
        advice=site.advice,
    )


def _settings(site: GeneratorSite) -> Settings:
    return {
        "site": _without_empty(
            {
                "title": site.title,
                "url": site.url or "https://example.org",
                "language": site.language,
                "timezone": site.timezone,
                "author": site.author,
                "description": site.description,
                "public": site.public_name,
            }
        ),
        "posts": _without_empty(
            {
                "folder": site.posts_name,
                "dialect": site.dialect,
                "permalink": site.permalink,
                "excerpt_separator": site.excerpt_separator,
                "categories_from": list(site.categories_from),
            }
        )
        | {"future": site.future},
        "feeds": _without_empty({"url": site.feeds_url, "ids": site.ids}),
        "mail": _mail(site.short_title or site.title, site.email, _host(site)),
    }


def _guess(site: GeneratorSite, titles: Sequence[str]) -> tuple[GeneratorSite, dict[str, str]]:
    """The site with its gaps filled, and a remark about each."""
    remarks = dict(site.remarks)
    if not site.title:
        site = replace(site, title=site.root.resolve().name)
    if not site.language:
        site = replace(site, language=language_of(titles))
        remarks["site.language"] = f"Guessed from the titles of the posts; {site.told_by} does not say."
    if not site.timezone:
        spoken = site.language.lower()
        site = replace(site, timezone=_ZONES.get(spoken) or _ZONES.get(spoken[:2], "UTC"))
        remarks["site.timezone"] = _GUESSED_ZONE.get(site.dialect, _GUESSED_ZONE[""])
    if not site.url:
        said = "does not say; put the real address here before the first build."
        remarks["site.url"] = f"{site.told_by} {said}"
    if not site.email:
        remarks["mail.from"] = f"{site.told_by} names no address; put the real one here."
    return site, remarks


def _host(site: GeneratorSite) -> str:
    return "example.org" if site.feeds_url or "." not in site.host else site.host


def _possible(redirects: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those that the configuration accepts: no blanks and no signs that mean something in an address."""
    for old, new in redirects:
        if old != new and not _IN_NO_PATH.search(old):
            yield unicodedata.normalize("NFC", old), new


def _told_apart(site: GeneratorSite, posts: Sequence[Post]) -> GeneratorSite | None:
    """A plain folder with the dates of its names in the addresses, where some would be the same without."""
    if site.dialect != "plain" or len({post.url for post in posts}) == len(posts):
        return None
    site = replace(site, permalink="/:section/:name/")
    found = site.posts()
    return site if len({post.url for post in found}) == len(found) else None


def _one_to_the_generator(found: Variants, site: GeneratorSite) -> list[str]:
    """The spellings that share a feed there with the kept one; to Hugo small and capital are one."""
    path = site.category_feed(found.kept)
    return [label for label in found.others if path and site.category_feed(label) == path]


def _formerly(labels: Sequence[str]) -> str:
    return f"formerly = [{', '.join(json.dumps(label, ensure_ascii=False) for label in labels)}]"


def language_of(titles: Sequence[str]) -> str:
    """Japanese or Chinese if more than half of the titles contain kana or kanji, else English."""
    eastern = [title for title in titles if _KANA_OR_KANJI.search(title)]
    if 2 * len(eastern) <= len(titles):
        return "en"
    with_kana = sum(_KANA.search(title) is not None for title in eastern)
    return "zh" if len(eastern) >= _ENOUGH and 5 * with_kana < len(eastern) else "ja"


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
