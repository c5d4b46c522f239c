"""A publication, its posts, and the real templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from jinja2 import Environment

from feeds import templating
from feeds.model.address import EmailAddress
from feeds.model.subscriber import Bearer, Cadence
from feeds.newsletter.digest import Digest, DigestPost
from feeds.newsletter.publication import Mailbox, Publication
from feeds.newsletter.tokens import Signer

DUE = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def environment() -> Environment:
    return templating.environment()


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(b"k" * 32)


@pytest.fixture(scope="session")
def publication() -> Publication:
    return Publication(
        title="AIコンパス",
        home="https://example.jp/",
        base_url="https://mail.example.jp",
        sender=Mailbox("AIコンパス編集部", EmailAddress.parse("news@example.jp")),
        list_id="news.example.jp",
        reply_to=Mailbox('Jane "JD" Doe, Editor', EmailAddress.parse("desk@example.jp")),
        postal_address="〒100-0001 東京都千代田区千代田1-1 <A&B> 3階",
    )


@pytest.fixture
def reader() -> Bearer:
    return Bearer(42, 1, EmailAddress.parse("reader@example.org"))


@pytest.fixture(scope="session")
def make_post() -> Callable[..., DigestPost]:
    def make(number: int = 1, **changes: object) -> DigestPost:
        given: dict[str, object] = {
            "title": f"第{number}報：小さなモデルで足りる仕事",
            "url": f"https://example.jp/posts/{number}?a=1&b=2",
            "excerpt": "手元の計算機で動く小さなモデルでも十分な場面が増えています。" * 3,
            "published": DUE - timedelta(days=number),
            "minutes": 4,
            "category": "AI技術ガイド",
            "author": "佐藤 花子",
            "image": f"https://example.jp/images/{number}.jpg",
            "image_alt": "机の上の計算機",
            "language": "ja",
        }
        return DigestPost(**given | changes)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_digest(make_post: Callable[..., DigestPost]) -> Callable[..., Digest]:
    def make(posts: int | tuple[DigestPost, ...] = 3, **changes: object) -> Digest:
        given: dict[str, object] = {
            "cadence": Cadence.WEEKLY,
            "period": "2026-W48",
            "due": DUE,
            "language": "ja",
            "zone": "Asia/Tokyo",
            "posts": tuple(map(make_post, range(1, posts + 1))) if isinstance(posts, int) else posts,
            "more": 0,
            "more_url": "https://example.jp/",
        }
        return Digest(**given | changes)  # type: ignore[arg-type]

    return make
