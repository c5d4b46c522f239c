"""A publication with readers, and an issue that waits to be composed or sent."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from feeds.model.address import EmailAddress
from feeds.model.subscriber import Cadence
from feeds.service import Service
from feeds.store.subscribers import address_hash

CONFIG = """
[site]
title = "瓦版"
url = "https://example.org"
language = "ja"
timezone = "Asia/Tokyo"
[mail]
from = "瓦版 <news@example.org>"
smtp = "smtp://{login}127.0.0.1:{port}"
[newsletter]
settle_minutes = 0
[delivery]
connections = {connections}
unknown = "{unknown}"
[state]
folder = "{state}"
[web]
bind = "127.0.0.1:{web}"
base_url = "http://127.0.0.1:{web}"
"""

PARAGRAPH = "瓦版は江戸の町で売られた一枚刷りの読み物で、火事や地震、評判の見世物を伝えた。"
POST = (
    "---\ntitle: 第{number}号\ndate: {day:%Y-%m-%d %H:%M:%S +0000}\ncategories: [{category}]\n---\n{text}\n"
)
START = datetime(2026, 11, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """A folder with configuration, posts and state."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "kawaraban.toml"

    @property
    def state(self) -> Path:
        return self.folder / ".kawaraban"

    @property
    def database(self) -> Path:
        return self.state / "kawaraban.sqlite3"

    def configure(
        self,
        port: int,
        *,
        unknown: str = "resend",
        connections: int = 16,
        web: int = 8400,
        login: str = "",
        more: str = "",
    ) -> None:
        """Writes the configuration, which names the relay; ``more`` are further tables."""
        values = {"port": port, "unknown": unknown, "connections": connections, "web": web, "login": login}
        self.config.write_text(CONFIG.format(**values, state=".kawaraban") + more, encoding="utf-8")

    def write_post(self, number: int, day: datetime, *, category: str = "news", paragraphs: int = 12) -> Path:
        """A post as an editor saves it."""
        file = self.folder / "posts" / f"{number}.md"
        text = "\n\n".join(f"{PARAGRAPH}{n}" for n in range(paragraphs))
        file.write_text(POST.format(number=number, day=day, category=category, text=text), encoding="utf-8")
        return file

    def belong(self) -> None:
        """Lets the database forget where it was made: else it knows that it is a copy, and mails nobody."""
        (self.state / "instance").unlink(missing_ok=True)
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("DELETE FROM state WHERE name LIKE 'instance%' AND name != 'instance_secret'")

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says, read as a bystander: nothing is recovered or checkpointed."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


class Template:
    """Sites that were made once and are copied for each case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, target: Path, readers: int, *, composed: bool = True) -> Site:
        """A site of its own with so many confirmed readers, its issue composed or only due."""
        made = self._folder / f"{readers}-{'composed' if composed else 'due'}"
        if not made.is_dir():
            unfinished = made.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            _make(Site(unfinished), readers, composed=composed)
            unfinished.rename(made)
        shutil.copytree(made, target)
        site = Site(target)
        site.belong()
        return site


def _make(site: Site, readers: int, *, composed: bool) -> None:
    (site.folder / "posts").mkdir(parents=True)
    site.configure(25)
    with Service.open(site.config, now=START, environ={}) as service:
        service.build()
        add_readers(service, readers)
    site.write_post(1, START + timedelta(hours=12))
    with Service.open(site.config, now=START + timedelta(days=1), environ={}) as service:
        service.build()
        service.build()
        if composed:
            assert service.compose(), "no issue was composed"


def add_readers(service: Service, readers: int, *, cadence: Cadence = Cadence.EACH) -> None:
    """Confirmed readers: one by the front door, the others as copies of its row, which is quicker."""
    service.add_subscriber(reader(0), cadence=cadence, confirmed=True)
    with service.database.write() as connection:
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(subscribers)")]
        own = {"key", "email", "address_hash"}
        shared = ", ".join(column for column in columns if column not in own)
        statement = (
            f"INSERT INTO subscribers (email, address_hash, {shared}) "
            f"SELECT ?, ?, {shared} FROM subscribers WHERE email = ?"
        )
        first = str(reader(0))
        connection.exec_driver_sql(
            statement,
            [(str(reader(n)), address_hash(connection, reader(n)), first) for n in range(1, readers)],
        )


def reader(number: int) -> EmailAddress:
    return EmailAddress(f"reader{number}", "example.com")
