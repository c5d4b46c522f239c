"""What a Jekyll site says about itself in ``_config.yml`` and in its folders."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from feeds.errors import ConfigurationError
from feeds.model.post import Post

_LARGEST = 1 << 20
"""Bytes of a ``_config.yml``."""

_FEED_FILES = ("*.xml", "*.json", "*.atom", "*.rss", "*.opml", "index.html")
_ROOT_FEEDS = ("feed.xml", "atom.xml", "rss.xml", "index.xml", "feed.json")
_ADDRESS = re.compile(r"[^<>\s@]+@[^<>\s@]+")


@dataclass(frozen=True, slots=True)
class JekyllSite:
    """A Jekyll site; texts are empty where it does not say."""

    root: Path
    """The folder with ``_config.yml``."""
    source_name: str
    """The site's source below ``root``; empty where they are the same."""
    posts_name: str
    """The posts folder below ``root``."""
    title: str
    short_title: str
    url: str
    """With ``baseurl``, without a slash at its end."""
    language: str
    timezone: str
    author: str
    email: str
    description: str
    permalink: str
    future: bool
    excerpt_separator: str
    excluded: tuple[str, ...] = ()
    category_descriptions: Mapping[str, str] = field(default_factory=dict)
    """From any list in ``_config.yml`` whose members have ``name`` and ``description``, in its order."""

    @property
    def source(self) -> Path:
        return self.root / self.source_name

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def posts(self) -> list[Post]:
        """The visible posts, parsed as a build would parse them."""
        from zoneinfo import ZoneInfo

        from feeds.posts.folder import list_sources
        from feeds.posts.scan import read_posts
        from feeds.posts.site import Site

        folder = self.root / self.posts_name
        if not folder.is_dir():
            return []
        try:
            zone = ZoneInfo(self.timezone or "UTC")
        except (ValueError, OSError, KeyError):
            zone = ZoneInfo("UTC")  # the configuration that is written will name it as wrong
        site = Site(
            url=self.url or "https://example.org",
            zone=zone,
            dialect="jekyll",
            permalink=self.permalink,
            folder=folder.relative_to(self.source).as_posix().removeprefix("."),
        )
        parsed = read_posts(folder, list_sources(folder), site, processes=1)
        return [post for post in parsed if isinstance(post, Post)]

    def old_feeds(self, labels: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Feed files of the site, relative to its source, with the label that alone is quoted in each."""
        files = [self.source / name for name in _ROOT_FEEDS]
        for pattern in _FEED_FILES:
            files += (self.source / "feeds").rglob(pattern)
        found = sorted({file for file in files if file.is_file()})
        return tuple((file.relative_to(self.source).as_posix(), _label_in(file, labels)) for file in found)

    def missing_excludes(self) -> tuple[str, ...]:
        """Folders of ours that Jekyll would copy to the web and ``exclude`` does not name.

        The state folder is not one of them: Jekyll passes over names with a dot in front.
        """
        if self.source_name or {"config", "/config"} & {name.rstrip("/*") for name in self.excluded}:
            return ()
        return ("config/",)


def find(folder: Path) -> JekyllSite | None:
    """The Jekyll site in this folder, or None. Raises ConfigurationError where its _config.yml is broken."""
    files = [folder / "_config.yml", folder / "_config.yaml"]
    file = next((file for file in files if file.is_file()), None)
    if file is None and not (folder / "_posts").is_dir():
        return None
    settings = {} if file is None else _read(file)
    source_name = _text(settings.get("source")).strip("./") if settings.get("source") else ""
    collections_name = _text(settings.get("collections_dir")).strip("./")
    defaults = _post_defaults(settings)
    author = settings.get("author")
    return JekyllSite(
        root=folder,
        source_name=source_name,
        posts_name=_posts_name(folder, source_name, collections_name),
        title=_text(settings.get("title")) or _text(settings.get("name")) or folder.resolve().name,
        short_title=_text(settings.get("short_title")),
        url=_url(settings, folder / source_name),
        language=_language(settings, defaults),
        timezone=_text(settings.get("timezone")),
        author=_text(author) or _text(_member(author, "name")) or _text(defaults.get("author")),
        email=_email(settings.get("email"), _member(author, "email")),
        description=_text(settings.get("description")) or _text(settings.get("tagline")),
        permalink=_text(_member(_member(settings.get("collections"), "posts"), "permalink"))
        or _text(settings.get("permalink")),
        future=settings.get("future") is True,
        excerpt_separator=_separator(settings.get("excerpt_separator")),
        excluded=tuple(map(str, _list(settings.get("exclude")))),
        category_descriptions=_descriptions(settings),
    )


def _posts_name(root: Path, source_name: str, collections_name: str) -> str:
    """``_posts``, or the whole source where folders of categories have posts of their own."""
    source = root / source_name
    others = (*source.glob("[!._]*/_posts"), *source.glob("[!._]*/[!._]*/_posts"))
    if not collections_name and any(folder.is_dir() for folder in others):
        return source_name or "."
    return "/".join(name for name in (source_name, collections_name, "_posts") if name)


def _read(file: Path) -> dict[str, Any]:
    import yaml

    try:
        if file.stat().st_size > _LARGEST:
            raise ConfigurationError(f"{file}: larger than 1 MB, so this is no _config.yml")
        # The loader in Python: 64 KB of "[" crash the one in C, and this file is read once.
        settings = yaml.load(file.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigurationError(f"{file}{line}: broken YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise ConfigurationError(f"{file}: broken YAML: {reason}") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    if not isinstance(settings, dict | None):
        raise ConfigurationError(f"{file}: not made of `key: value` lines")
    return settings or {}


def _text(value: object) -> str:
    """The value on one line, if it is text."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _member(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _url(settings: Mapping[str, Any], source: Path) -> str:
    url = _text(settings.get("url"))
    if not url:
        try:
            host = (source / "CNAME").read_text(encoding="utf-8").split()
        except (OSError, ValueError):
            return ""
        url = f"https://{host[0]}" if host else ""
    base = _text(settings.get("baseurl")).strip("/")
    return f"{url.rstrip('/')}/{base}".rstrip("/") if url else ""


def _language(settings: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    for value in (
        settings.get("lang"),
        settings.get("language"),
        settings.get("locale"),
        defaults.get("lang"),
    ):
        if text := _text(value):
            return text.partition(".")[0].replace("_", "-")
    return ""


def _post_defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The values that ``defaults`` gives to every post."""
    values: dict[str, Any] = {}
    for default in _list(settings.get("defaults")):
        scope = _member(default, "scope")
        given = _member(default, "values")
        if (
            not _member(scope, "path")
            and _member(scope, "type") in {None, "posts"}
            and isinstance(given, dict)
        ):
            values |= given
    return values


def _email(*candidates: object) -> str:
    return next((text for one in candidates if _ADDRESS.fullmatch(text := _text(one))), "")


def _separator(value: object) -> str:
    """Jekyll's own default, an empty line, is left to the dialect."""
    return value if isinstance(value, str) and value.strip() else ""


def _descriptions(settings: Mapping[str, Any]) -> dict[str, str]:
    members = [member for value in settings.values() for member in _list(value)]
    named = ((_text(_member(member, "name")), _text(_member(member, "description"))) for member in members)
    return {name: description for name, description in named if name and description}


def _label_in(file: Path, labels: Sequence[str]) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    quoted = [label for label in labels if f'"{label}"' in text or f"'{label}'" in text]
    return quoted[0] if len(quoted) == 1 else ""
