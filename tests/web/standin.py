"""A service in memory that keeps the promises of ``feeds.service.Service`` towards the pages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from feeds.config import Config
from feeds.errors import InvalidToken
from feeds.model.address import EmailAddress
from feeds.model.audience import ReaderCount
from feeds.model.category import Categories, Category
from feeds.model.feed import FeedSummary, Format, PublishedDocument
from feeds.model.subscriber import EVERYTHING, Cadence, Subscriber, SubscriberState, Subscription, Topic
from feeds.service.vitals import Vitals
from feeds.templating import environment

NOW = datetime(2026, 11, 23, tzinfo=UTC)

CATEGORIES = Categories.of(
    [
        Category("ai技術ガイド", "AI技術ガイド", "AI技術ガイド", "道具としてのAI", "/feeds/tech.xml"),
        Category("読書", "読書", "読書ノート", formerly=("本",)),
        Category("garden", "Garden", "Notes from the garden", "What grows, and what does not"),
    ]
)


def feed(key: str, title: str, description: str, posts: int) -> FeedSummary:
    stem = f"https://magazine.example/feeds/{key}"
    return FeedSummary(key, title, description, posts, {form: stem + form.suffix for form in Format})


@dataclass
class StandIn:
    """What readers asked for, kept in a dictionary. A token is ``<purpose>-<key of the subscriber>``."""

    config: Config
    folder: Path
    readers: dict[int, Subscriber] = field(default_factory=dict)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    """Every call that would change something."""
    media_types: dict[str, str] = field(default_factory=dict)
    kept: list[ReaderCount] = field(default_factory=list)
    published: int = 0
    files: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = environment([])
        self.vitals = Vitals()

    def not_ready(self) -> str:
        self.categories()
        return ""

    def add(self, email: str, state: SubscriberState, *topics: str) -> int:
        key = len(self.readers) + 1
        chosen = tuple(Topic(slug, 0) for slug in topics or (EVERYTHING,))
        subscription = Subscription(chosen, Cadence.WEEKLY, "ja", 7, 0, "Asia/Tokyo")
        self.readers[key] = Subscriber(
            key, EmailAddress.parse(email), "", state, subscription, 0, None, 0, NOW
        )
        return key

    def publish(self, url_path: str, body: bytes, media_type: str) -> Path:
        file = self.folder / hashlib.sha256(url_path.encode()).hexdigest()
        file.write_bytes(body)
        self.published += 1
        moment = NOW.timestamp() + self.published - 1
        os.utime(file, (moment, moment))
        self.media_types[url_path] = media_type
        return file

    def stand(self, url_path: str, file: Path, media_type: str) -> None:
        """Serves a file that somebody else writes."""
        self.media_types[url_path] = media_type
        self.files[url_path] = file

    def _bearer(self, token: str, purpose: str) -> Subscriber:
        kind, _, key = token.partition("-")
        if kind != purpose or not key.isdigit() or int(key) not in self.readers:
            raise InvalidToken(token)
        return self.readers[int(key)]

    def _keep(self, subscriber: Subscriber) -> Subscriber:
        self.readers[subscriber.key] = subscriber
        return subscriber

    # What the pages call

    def subscribe(
        self, email: EmailAddress, *, topics: Sequence[str], cadence: Cadence, language: str
    ) -> None:
        self.asked.append(("subscribe", str(email), tuple(topics), cadence, language))

    def confirming(self, token: str) -> Subscriber:
        return self._bearer(token, "confirm")

    def confirm(self, token: str) -> Subscriber:
        self.asked.append(("confirm", token))
        return self._keep(replace(self._bearer(token, "confirm"), state=SubscriberState.CONFIRMED))

    def reader(self, token: str) -> Subscriber:
        return self._bearer(token, "preferences")

    def choose(
        self,
        token: str,
        *,
        topics: Sequence[str],
        cadence: Cadence,
        language: str,
        hour: int,
        weekday: int,
        zone: str,
    ) -> Subscriber:
        self.asked.append(("choose", token))
        chosen = tuple(Topic(slug, 0) for slug in topics or (EVERYTHING,))
        subscription = Subscription(chosen, cadence, language, hour, weekday, zone)
        return self._keep(replace(self._bearer(token, "preferences"), subscription=subscription))

    def unsubscribe(self, token: str) -> None:
        self.asked.append(("unsubscribe", token))
        self._keep(replace(self._bearer(token, "unsubscribe"), state=SubscriberState.UNSUBSCRIBED))

    def unsubscribing(self, token: str) -> Subscriber:
        return self._bearer(token, "unsubscribe")

    def categories(self) -> Categories:
        return CATEGORIES

    def feeds(self) -> tuple[FeedSummary, ...]:
        return (
            feed("all", "Example Magazine", "", 1506),
            feed("category/ai技術ガイド", "AI技術ガイド", "道具としてのAI", 312),
            feed("category/garden", "Notes from the garden", "What grows, and what does not", 1),
        )

    def document(self, url_path: str) -> PublishedDocument | None:
        media_type = self.media_types.get(url_path)
        if media_type is None:
            return None
        file = self.files.get(url_path, self.folder / hashlib.sha256(url_path.encode()).hexdigest())
        tag = hashlib.sha256(file.read_bytes()).hexdigest()[:32]
        name = "" if "index" in url_path else url_path.removeprefix("/feeds/").partition(".")[0]
        return PublishedDocument(str(file), media_type, f'"{tag}"', NOW, name)

    def keep_readers(self, counts: Sequence[ReaderCount]) -> None:
        self.kept += counts
