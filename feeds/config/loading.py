"""From the file to a Config: everything checked, every default filled in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from feeds.config import values
from feeds.config.categories import category_complaints
from feeds.config.checking import check
from feeds.config.complaints import Complaint, fail
from feeds.config.config import Config
from feeds.config.dkim import complete_keys, key_complaints
from feeds.config.feed_settings import FeedsSettings, PodcastSettings
from feeds.config.glance import DATABASE, base_of, resolved
from feeds.config.mail_settings import BouncesSettings, MailSettings, relay_tables
from feeds.config.paths import Paths
from feeds.config.redirects import complete_redirects
from feeds.config.references import MissingSecret, expand
from feeds.config.section import keys_of
from feeds.config.settings import (
    DatabaseSettings,
    NewsletterSettings,
    Settings,
    WebSettings,
)
from feeds.errors import ConfigurationError

_PLACE = re.compile(r" \(at line (\d+), column \d+\)| \(at end of document\)")
_LARGEST = 1 << 20
"""Bytes; no configuration is larger, and a video given by mistake is."""


def load_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read, check and complete the configuration in this file."""
    path = Path(path).absolute()
    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = f":{place[1]}" if place else ""
        raise ConfigurationError(f"{path}{line}: this is not TOML: {_PLACE.sub('', str(error))}") from None
    except RecursionError:
        raise ConfigurationError(f"{path}: this is not TOML: brackets are nested too deep") from None
    settings, complaints = check(Settings, raw)
    if settings is None:
        raise fail(path, text, complaints)
    complaints = category_complaints(settings.categories)
    complaints += _idle_keys(settings, raw)
    config = _complete(path, settings, environ, complaints)
    if complaints:
        raise fail(path, text, complaints)
    return config


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigurationError(f"{path}: larger than 1 MB, so this is no configuration")
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path}: there is no such file; make one with `kawaraban init`, or name another with --config"
        ) from None
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise ConfigurationError(f"{path}: not UTF-8 text: byte {error.start} is 0x{byte:02x}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


def _idle_keys(settings: Settings, raw: Mapping[str, Mapping[str, Any]]) -> Iterator[Complaint]:
    """Keys that were written and mean nothing beside others."""
    if settings.mail.relays and "smtp" in raw["mail"]:
        message = "takes no part where there are [[mail.relays]]; leave it out"
        yield Complaint(("mail", "smtp"), message)
    newsletter = settings.newsletter
    offered = newsletter.default_cadence in newsletter.cadences
    if not offered and "default_cadence" in raw.get("newsletter", {}):
        message = f"must be one of `cadences`: {', '.join(newsletter.cadences)}"
        yield Complaint(("newsletter", "default_cadence"), message)


def _complete(
    path: Path, settings: Settings, environ: Mapping[str, str], complaints: list[Complaint]
) -> Config:
    """The Config; what is found wrong on the way is added to ``complaints``."""
    base = base_of(path)
    paths = _paths(path, base, settings)
    if paths.copies_out(paths.state):
        message = f"{paths.state} lies in the public folder and would be copied to the web"
        complaints.append(Complaint(("state", "folder"), message))
    changes: dict[str, Any] = {
        "feeds": _complete_feeds(settings, paths, complaints),
        "podcast": _complete_podcast(settings),
        "redirects": complete_redirects(settings, paths, complaints),
        "bounces": _complete_bounces(settings.bounces, paths, complaints),
        "mail": _complete_mail(settings, environ, paths, complaints),
        "newsletter": _complete_newsletter(settings.newsletter, complaints),
        "database": _complete_database(settings.database, paths, environ, complaints),
        "web": _complete_web(settings.web),
    }
    rest = {name: getattr(settings, name) for name in keys_of(Settings) if name not in changes}
    return Config(**rest, **changes, paths=paths, environ=environ)


def _paths(file: Path, base: Path, settings: Settings) -> Paths:
    public = resolved(base, settings.site.public)
    return Paths(
        file=file,
        base=base,
        public=public,
        posts=resolved(base, settings.posts.folder),
        feeds=resolved(base, settings.feeds.folder) if settings.feeds.folder else public / "feeds",
        state=resolved(base, settings.state.folder),
        templates=resolved(base, settings.templates.folder),
    )


def _complete_feeds(settings: Settings, paths: Paths, complaints: list[Complaint]) -> FeedsSettings:
    if not paths.feeds.is_relative_to(paths.public):
        message = f"{paths.feeds} does not lie in the public folder {paths.public}"
        complaints.append(Complaint(("feeds", "folder"), message))
        return settings.feeds
    below = paths.feeds.relative_to(paths.public).as_posix()
    address = settings.site.url if below == "." else f"{settings.site.url}/{quote(below)}"
    return replace(
        settings.feeds,
        folder=str(paths.feeds),
        url=settings.feeds.url or address,
        icon=_on_site(settings.feeds.icon, settings),
        logo=_on_site(settings.feeds.logo, settings),
    )


def _complete_podcast(settings: Settings) -> PodcastSettings:
    podcast = settings.podcast
    return replace(
        podcast,
        author=podcast.author or settings.site.author or settings.site.title,
        image=_on_site(podcast.image or settings.feeds.icon, settings),
    )


def _on_site(file: str, settings: Settings) -> str:
    """The address of a file that is given by its path on the site."""
    return f"{settings.site.url}{quote(file)}" if file.startswith("/") else file


def _complete_mail(
    settings: Settings, environ: Mapping[str, str], paths: Paths, complaints: list[Complaint]
) -> MailSettings:
    mail = settings.mail
    for key, relay in relay_tables(mail):
        try:
            values.relay_url(expand(relay.url, environ, paths.base))
        except MissingSecret:
            pass  # building feeds needs no password; `Config.relays` says what is missing
        except ValueError as error:
            complaints.append(Complaint(tuple(key.split(".")), str(error)))
    host = urlsplit(settings.site.url).hostname or "localhost"
    keys = complete_keys(mail)
    complaints += key_complaints(keys, paths)
    return replace(mail, list_id=mail.list_id or f"newsletter.{host}", dkim=keys)


def _complete_bounces(bounces: BouncesSettings, paths: Paths, complaints: list[Complaint]) -> BouncesSettings:
    if not bounces.maildir:
        return bounces
    if not bounces.address:
        message = "nothing comes back to it without `bounces.address`"
        complaints.append(Complaint(("bounces", "maildir"), message))
    folder = resolved(paths.base, bounces.maildir)
    if paths.copies_out(folder):
        message = f"{folder} lies in the public folder and would be copied to the web"
        complaints.append(Complaint(("bounces", "maildir"), message))
    return replace(bounces, maildir=str(folder))


def _complete_newsletter(newsletter: NewsletterSettings, complaints: list[Complaint]) -> NewsletterSettings:
    if newsletter.default_cadence in newsletter.cadences:
        return newsletter
    return replace(newsletter, default_cadence=newsletter.cadences[-1])


def _complete_database(
    database: DatabaseSettings, paths: Paths, environ: Mapping[str, str], complaints: list[Complaint]
) -> DatabaseSettings:
    if not database.url:
        return replace(database, url=f"sqlite:///{paths.state / DATABASE}")
    try:
        url = values.database_url(expand(database.url, environ, paths.base))
    except ValueError as error:
        complaints.append(Complaint(("database", "url"), str(error)))
        return database
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{paths.base / url.removeprefix('sqlite:///')}"
    return replace(database, url=url)


def _complete_web(web: WebSettings) -> WebSettings:
    if web.base_url:
        return web
    host, _, port = web.bind.rpartition(":")
    reachable = "127.0.0.1" if host in {"0.0.0.0", "[::]"} else host  # noqa: S104  # compared, not bound
    return replace(web, base_url=f"http://{reachable}:{port}")
