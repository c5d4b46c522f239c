"""The real program in a folder of its own: only its clock, its relay and its power are ours."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from jinja2 import Environment
from sqlalchemy import select

from feeds.actions.deliver import Clock
from feeds.model.address import EmailAddress
from feeds.model.build_report import ScanReport
from feeds.service import Service
from feeds.store import state
from feeds.store.database import Database, dump
from feeds.store.opening import open_database
from feeds.store.schema.issues import deliveries, issues
from feeds.syndication import output
from feeds.templating import environment
from tests.machine.failures import Power, Wire

MAX_POSTS = 3
HOLD_ABOVE = 4
SETTLE_MINUTES = 10
URL = "https://example.org"

_CONFIG = """\
[site]
title = "T"
url = "{url}"
[newsletter]
max_posts = {max_posts}
hold_above = {hold_above}
settle_minutes = {settle}
[feeds]
limit = 0
[mail]
from = "T <t@example.org>"
[database]
url = "{database}"
[delivery]
connections = 1
unknown = "{unknown}"
{more}
"""


class World:
    """One installation, its posts folder, its mail and its moment."""

    def __init__(
        self, folder: Path, now: datetime, *, unknown: str, database: str = "", more: str = ""
    ) -> None:
        """``more`` is added to the configuration."""
        self.folder = folder
        self.now = now
        self.power = Power()
        self.wire = Wire(self.power)
        self._config = folder / "config" / "kawaraban.toml"
        for name in ("config", "posts"):
            (folder / name).mkdir()
        values = {"max_posts": MAX_POSTS, "hold_above": HOLD_ABOVE, "settle": SETTLE_MINUTES}
        text = _CONFIG.format(url=URL, unknown=unknown, database=database, more=more, **values)
        self._config.write_text(text, encoding="utf-8")
        self._written = 0
        self.service = self._open()

    def close(self) -> None:
        self.service.close()

    def run(self, verb: Callable[[], Any]) -> Any:
        """What the verb returns; None where the power failed in it, and then the program starts again."""
        try:
            with patch.object(output, "publish", self.power.doing(output.publish)):
                result = verb()
        except BaseException:
            if self.power.alive:
                raise
        if self.power.alive:
            self.power.restore()
            return result
        self.service.close()
        self.power.restore()
        self.service = self._open()
        return None

    def _open(self) -> Service:
        service = InThisWorld.open(self._config, now=self.now, environ={})
        service.world = self
        return service

    # The posts folder -------------------------------------------------------------------------

    def put(self, path: str, text: str) -> None:
        """Writes a file in one piece; no two writes have the same time of change."""
        file, new = self.folder / "posts" / path, self.folder / "new"
        new.write_text(text, encoding="utf-8")
        self._written += 1
        os.utime(new, ns=(0, 10**18 + self._written))
        new.replace(file)

    def move(self, path: str, target: str) -> None:
        (self.folder / "posts" / path).rename(self.folder / "posts" / target)

    def remove(self, path: str) -> None:
        (self.folder / "posts" / path).unlink()

    # What can be seen from outside -----------------------------------------------------------

    def public_files(self) -> dict[str, tuple[int, bytes]]:
        """Every published file with its time of change and its bytes."""
        files = (p for p in (self.folder / "public").rglob("*") if p.is_file())
        return {
            str(file.relative_to(self.folder)): (file.stat().st_mtime_ns, file.read_bytes()) for file in files
        }

    def ledger(self) -> list[Any]:
        """The rows of all deliveries."""
        return self._rows(deliveries)

    def issues(self) -> list[Any]:
        return self._rows(issues)

    def scans_stored(self) -> str | None:
        """Changes with every scan that stored anything."""
        with self.service.database.read() as connection:
            return state.get(connection, "catalog")

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        with self.service.database.read() as connection:
            return dump(connection)

    def _rows(self, table: Any) -> list[Any]:
        with self.service.database.read() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)))


class InThisWorld(Service):
    """The service with the world's clock for both of its clocks, and the world's relay."""

    world: World

    def scan(self, **how: Any) -> ScanReport:
        """As an owner who means every withdrawal, that of the last post too."""
        return super().scan(**(how | {"withdraw": True}))

    @property
    def now(self) -> datetime:
        return self.world.now

    @property
    def clock(self) -> Clock:
        return Clock(self.world.now, lambda: self.world.now)

    @cached_property
    def database(self) -> Database:
        database = open_database(self.config.database.url, self.config.paths.state)
        for name in database.transactions:
            setattr(database, name, self.world.power.writing(getattr(database, name)))
        return database

    @cached_property
    def transport(self) -> Wire:  # type: ignore[override]
        return self.world.wire

    @cached_property
    def environment(self) -> Environment:
        return _environment()

    def last_instant(self) -> datetime | None:
        return None  # the world's clock never goes back


@cache
def _environment() -> Environment:
    return environment([])


# Mails ------------------------------------------------------------------------------------------


class Mail(NamedTuple):
    """A mail as its reader sees it."""

    id: str
    notice: bool
    markers: tuple[int, ...]
    """Of the posts it shows, in order."""
    more: int
    """How many posts it only counts."""
    links: dict[str, str]
    """Tokens by purpose."""


_MARKER = re.compile(r"^\* .*?mark(\d+)x", re.MULTILINE)
_MORE = re.compile(r"Read (\d+|one) more new post")
_LINK = re.compile(r"/(confirm|preferences|unsubscribe)/([A-Za-z0-9_-]+)")


def read_mail(body: bytes) -> Mail:
    """The mail, from its text part."""
    message = message_from_bytes(body)
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    payload = str(part.get_payload())
    encoded = part["Content-Transfer-Encoding"] == "base64"
    text = (b64decode(payload).decode() if encoded else str(part.get_payload(decode=True), "utf-8")).replace(
        "\r\n", "\n"
    )
    more = _MORE.search(text)
    count = 0 if more is None else 1 if more[1] == "one" else int(more[1])
    identity = message["Message-ID"]
    return Mail(
        identity,
        identity.startswith("<n"),
        tuple(int(marker) for marker in _MARKER.findall(text)),
        count,
        dict(_LINK.findall(text)),
    )


# Feeds ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """An entry of a feed: which post it is, and its id there."""

    marker: int
    id: str


def read_feeds(folder: Path) -> Iterator[tuple[str, str, list[Item]]]:
    """Format, name and items of every feed that stands in the folder."""
    import json

    from lxml import etree

    for file in sorted((folder / "public" / "feeds").rglob("*")):
        name, _, kind = file.relative_to(folder / "public" / "feeds").as_posix().partition(".")
        if kind == "json":
            entries = json.loads(file.read_bytes())["items"]
            yield "json", name, [Item(_marker(entry["title"]), entry["id"]) for entry in entries]
        elif kind in {"rss.xml", "atom.xml"}:
            root = etree.parse(file).getroot()
            entry, identity = ("item", "guid") if kind == "rss.xml" else ("{*}entry", "{*}id")
            items = [
                Item(_marker(e.findtext("{*}title") or e.findtext("title") or ""), e.findtext(identity) or "")
                for e in root.iter(entry)
            ]
            yield kind.removesuffix(".xml"), name, items


def _marker(text: str) -> int:
    found = re.search(r"mark(\d+)x", text)
    assert found, f"no marker in {text!r}"
    return int(found[1])


def address(name: str) -> EmailAddress:
    return EmailAddress(name, "example.org")
