"""Keys, and a digest of the real templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from feeds import templating
from feeds.model.address import EmailAddress
from feeds.model.issue import Skeleton
from feeds.model.subscriber import Cadence
from feeds.newsletter.digest import Digest, DigestPost, digest_skeleton, reader_values
from feeds.newsletter.dkim.keys import Key, load_key, new_key
from feeds.newsletter.dkim.signing import DkimSigner
from feeds.newsletter.publication import Mailbox, Publication
from feeds.newsletter.tokens import Signer

DUE = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def keys() -> tuple[Key, ...]:
    """One of each kind."""
    return (
        load_key(new_key("rsa"), domain="example.jp", selector="kb2026"),
        load_key(new_key("ed25519"), domain="example.jp", selector="kb2026-ed"),
    )


@pytest.fixture(scope="session")
def signer(keys: tuple[Key, ...]) -> DkimSigner:
    return DkimSigner(keys)


def digest(language: str = "ja", posts: int = 10) -> tuple[Skeleton, Mapping[str, str]]:
    """A digest, and what fills its holes for one reader."""
    japanese = language == "ja"
    excerpt = (
        "手元の計算機で動く小さなモデルでも十分な場面が増えています。"
        if japanese
        else "It is small.  Really. "
    )
    publication = Publication(
        title="AIコンパス",
        home="https://example.jp/",
        base_url="https://mail.example.jp",
        sender=Mailbox("AIコンパス編集部", EmailAddress.parse("news@example.jp")),
        list_id="news.example.jp",
        reply_to=Mailbox('Jane "JD" Doe, Editor', EmailAddress.parse("desk@example.jp")),
        postal_address="〒100-0001 東京都千代田区千代田1-1",
    )
    shown = tuple(
        DigestPost(
            title=f"第{number}報：小さなモデルで足りる仕事" if japanese else f"Report {number}",
            url=f"https://example.jp/posts/{number}?a=1&b=2",
            excerpt=excerpt * 4,
            published=DUE - timedelta(days=number),
            minutes=4,
            category="AI技術ガイド",
            author="佐藤 花子",
            image=f"https://example.jp/images/{number}.jpg",
            image_alt="机の上の計算機",
        )
        for number in range(1, posts + 1)
    )
    made = Digest(
        cadence=Cadence.WEEKLY,
        period="2026-W48",
        due=DUE,
        language=language,
        zone="Asia/Tokyo",
        posts=shown,
        more=0,
        more_url="https://example.jp/",
    )
    values = reader_values(Signer(b"k" * 32), publication, issue=7, due=DUE)
    skeleton = digest_skeleton(templating.environment(), publication, made).skeleton
    return skeleton, values(42, 1, EmailAddress.parse("reader@example.org"))


def signed_digest(signer: DkimSigner, language: str = "ja") -> bytes:
    skeleton, values = digest(language)
    return signer.cut(skeleton)(values)
