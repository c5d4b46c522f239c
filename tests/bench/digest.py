"""A publication with many readers and a digest of ten Japanese posts, 30 KB a message."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import insert

from feeds.model.address import EmailAddress
from feeds.model.subscriber import Topic
from feeds.service import Service
from feeds.store.editions import editions_with_due
from feeds.store.schema.readers import subscribers
from feeds.store.subscribers import address_hash

POSTS = 10
PARAGRAPH = "瓦版は江戸の町で売られた一枚刷りの読み物で、火事や地震、評判の見世物を伝えた。"

CONFIG = """
[site]
title = "ベンチマーク"
url = "https://example.org"
language = "ja"
timezone = "Asia/Tokyo"
public = "{folder}/public"
[posts]
folder = "{folder}/posts"
[mail]
from = "ベンチマーク <news@example.org>"
smtp = "smtp://127.0.0.1:{port}"
[newsletter]
settle_minutes = 0
[delivery]
connections = {sessions}
"""


def configure(folder: Path, name: str, *, port: int, sessions: int, database: str = "") -> Path:
    """Writes the configuration of a node called ``name``, with a state folder of its own."""
    (folder / "posts").mkdir(exist_ok=True)
    (folder / name).mkdir(exist_ok=True)
    config = folder / name / "kawaraban.toml"
    text = CONFIG.format(folder=folder, port=port, sessions=sessions)
    config.write_text(text + (f'[database]\nurl = "{database}"\n' if database else ""), encoding="utf-8")
    return config


def write_posts(folder: Path, number: int, now: datetime) -> None:
    """Ten posts that nobody had."""
    for index in range(POSTS):
        text = "\n\n".join(f"{PARAGRAPH}{index}。{n}" for n in range(40))
        front = f"---\ntitle: 第{number}号の{index}本目の記事\ndate: {now:%Y-%m-%d %H:%M:%S +0000}\n---\n"
        (folder / "posts" / f"{number}-{index}.md").write_text(front + text, encoding="utf-8")


def message_size(service: Service, issue: int) -> int:
    """About how many bytes a message of the issue has."""
    with service.database.read() as connection:
        edition, _ = editions_with_due(connection, [issue])[issue]
    return sum(map(len, edition.skeleton.parts)) + 200


def subscribe(service: Service, readers: int, now: datetime, *, at_once: int = 50_000) -> None:
    """Confirmed readers of cadence each, written in bulk: adding them is not what is measured."""
    with service.database.write() as connection:
        for start in range(0, readers, at_once):
            numbers = range(start, min(start + at_once, readers))
            hashes = [address_hash(connection, EmailAddress(f"reader{n}", "example.com")) for n in numbers]
            rows = [_row(n, hash_, now) for n, hash_ in zip(numbers, hashes, strict=True)]
            connection.execute(insert(subscribers), rows)


def _row(number: int, hash_: str, now: datetime) -> dict[str, object]:
    return {
        "email": f"reader{number}@example.com",
        "address_hash": hash_,
        "name": "",
        "state": "confirmed",
        "topics": (Topic("*", 0),),
        "cadence": "each",
        "language": "ja",
        "hour": 7,
        "weekday": 0,
        "zone": "Asia/Tokyo",
        "watermark": 0,
        "active_since": now,
        "generation": 0,
        "created": now,
        "consent": "operator",
    }
