"""What a Jekyll site says about itself in ``_config.yml`` and in its folders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feeds.actions.sites.reading import is_of_trials
from feeds.actions.sites.site import GeneratorSite
from feeds.errors import ConfigurationError
from feeds.posts.authors import named_in
from feeds.posts.dialects.jekyll_settings import AUTHORS, authors_table
from feeds.posts.settings_files import settings_files

_LARGEST = 1 << 20
"""Bytes of a ``_config.yml``."""

_ADDRESS = re.compile(r"[^<>\s@]+@[^<>\s@]+")


_COPIED = """\
Jekyll would copy the configuration to the web. Keep it from that in _config.yml:

exclude:
  - config/"""
_PLUGIN = """\
jekyll-feed makes feeds of its own, {paths} among them. Once yours are served, take it out of `plugins`
in _config.yml, and out of the Gemfile."""


def find(folder: Path) -> GeneratorSite:
    """The Jekyll site in this folder. Raises ConfigurationError where its _config.yml is broken."""
    files = [folder / "_config.yml", folder / "_config.yaml"]
    file = next((file for file in files if file.is_file()), None)
    settings = {} if file is None else read_config(file)
    source_name = _folder(settings.get("source"))
    collections_name = _folder(settings.get("collections_dir"))
    defaults = _post_defaults(settings)
    author = settings.get("author")
    feeds, by_category = _plugins_feeds(settings, folder / source_name)
    paths = [path for path, _ in feeds]
    advice = [] if source_name or _excludes_config(settings) else [_COPIED]
    advice += [_PLUGIN.format(paths=", ".join(paths))] if paths else []
    return GeneratorSite(
        root=folder,
        dialect="jekyll",
        told_by="_config.yml",
        posts_name=_posts_name(folder, source_name, collections_name),
        public_name=source_name or ".",
        title=_text(settings.get("title")) or _text(settings.get("name")),
        short_title=_text(settings.get("short_title")),
        url=_url(settings, folder / source_name),
        language=_language(settings, defaults),
        timezone=_text(settings.get("timezone")),
        author=_author(
            folder, _text(author) or _text(_member(author, "name")) or _text(defaults.get("author"))
        ),
        email=_email(settings.get("email"), _member(author, "email")),
        description=_text(settings.get("description")) or _text(settings.get("tagline")),
        permalink=_text(_member(_member(settings.get("collections"), "posts"), "permalink"))
        or _text(settings.get("permalink")),
        future=settings.get("future") is True,
        excerpt_separator=_separator(settings.get("excerpt_separator")),
        ids="jekyll",
        category_descriptions=_descriptions(settings),
        feeds=feeds,
        category_feed=lambda label: by_category.get(label, ""),
        category_suffix=".atom.xml",
        advice=tuple(advice),
    )


def _folder(value: Any) -> str:
    """A folder below the site's; its name may begin with a dot, as in ``./.tmp/src``."""
    return "/".join(part for part in _text(value).split("/") if part not in {"", "."})


def _author(folder: Path, written: str) -> str:
    """The name; the one that ``_data/authors.yml`` has for it, where it is a key of that."""
    files = settings_files(folder, folder, ("_config.yml", "_config.yaml", *AUTHORS)) if written else ()
    return named_in(authors_table(files), written)


def _excludes_config(settings: Mapping[str, Any]) -> bool:
    """Whether ``exclude`` names our folder; names with a dot in front, as that of the state, need none."""
    excluded = {str(name).rstrip("/*") for name in _list(settings.get("exclude"))}
    return bool({"config", "/config"} & excluded)


def _plugins_feeds(
    settings: Mapping[str, Any], source: Path
) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    """The feeds that jekyll-feed makes: of everything, and by category."""
    plugins = [*_list(settings.get("plugins")), *_list(settings.get("gems"))]
    wish = settings.get("feed")
    path = _text(_member(wish, "path")).lstrip("/") or "feed.xml"
    if "jekyll-feed" not in plugins or (source / path).is_file():
        return (), {}
    named = _member(wish, "categories")
    labels = [*map(str, named)] if isinstance(named, list | dict) else []
    return ((f"/{path}", ".atom.xml"),), {label: f"/feed/{label}.xml" for label in labels}


def _posts_name(root: Path, source_name: str, collections_name: str) -> str:
    """``_posts``, or the whole source where folders of categories have posts of their own."""
    source = root / source_name
    others = (*source.glob("[!._]*/_posts"), *source.glob("[!._]*/[!._]*/_posts"))
    if not collections_name and any(folder.is_dir() for folder in others):
        return source_name or "."
    return "/".join(name for name in (source_name, collections_name, "_posts") if name)


def read_config(file: Path) -> dict[str, Any]:
    """Everything in a ``_config.yml``. Raises ConfigurationError, with the line to blame."""
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
    if not url or is_of_trials(url):
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
