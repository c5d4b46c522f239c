"""Notices, from the real templates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import html5lib
import pytest
from jinja2 import Environment

from feeds.model.subscriber import Bearer, Cadence
from feeds.newsletter.message import splice
from feeds.newsletter.notice import Notice, NoticeKind, notice_skeleton, notice_values
from feeds.newsletter.publication import Publication
from feeds.newsletter.tokens import Purpose, Signer

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
Compose = Callable[[Notice], EmailMessage]


def notice(kind: NoticeKind, language: str = "ja", cadence: Cadence = Cadence.WEEKLY, *topics: str) -> Notice:
    return Notice(kind, language, NOW, cadence, hour=7, weekday=0, topics=topics)


@pytest.fixture
def compose(environment: Environment, publication: Publication, signer: Signer, reader: Bearer) -> Compose:
    def made(some: Notice) -> EmailMessage:
        values = notice_values(signer, publication, notice=3, created=NOW, reader=reader)
        message = message_from_bytes(
            splice(notice_skeleton(environment, publication, some), values), policy=default
        )
        assert isinstance(message, EmailMessage)
        assert all(part.defects == [] for part in message.walk())
        return message

    return made


def bodies(message: EmailMessage) -> list[str]:
    return [part.get_content() for part in message.iter_parts()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", ["ja", "en", "fr"])
@pytest.mark.parametrize("cadence", Cadence)
def test_notices_are_whole_in_every_language(
    compose: Compose, kind: NoticeKind, language: str, cadence: Cadence
) -> None:
    message = compose(notice(kind, language, cadence, "研究論文"))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] is None
    assert "AIコンパス" in message["Subject"]
    text, html = bodies(message)
    assert "{" not in text
    assert "研究論文" in text
    assert "研究論文" in html
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    root = parser.parse(html)
    assert parser.errors == []
    assert root.get("lang") == language


def test_a_confirmation_has_its_link_and_no_button_to_leave(
    compose: Compose, signer: Signer, reader: Bearer
) -> None:
    message = compose(notice(NoticeKind.CONFIRM))
    assert message["List-Unsubscribe"] is None
    link = f"https://mail.example.jp/confirm/{signer.token(Purpose.CONFIRM, reader.key, 1, NOW)}"
    text, html = bodies(message)
    assert link in text
    assert f'href="{link}"' in html
    assert "72時間" in text
    assert "/unsubscribe/" not in text + html


@pytest.mark.parametrize("kind", [NoticeKind.WELCOME, NoticeKind.KNOWN])
def test_other_notices_have_links_to_change_and_to_leave(
    compose: Compose, kind: NoticeKind, signer: Signer, reader: Bearer
) -> None:
    message = compose(notice(kind))
    token = signer.token(Purpose.UNSUBSCRIBE, reader.key, reader.generation)
    assert message["List-Unsubscribe"] == f"<https://mail.example.jp/unsubscribe/{token}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for body in bodies(message):
        assert f"https://mail.example.jp/unsubscribe/{token}" in body
        assert "https://mail.example.jp/preferences/" in body


@pytest.mark.parametrize(
    ("cadence", "words"),
    [
        (Cadence.EACH, "新しい記事が出るたび"),
        (Cadence.DAILY, "毎日7時ごろ"),
        (Cadence.WEEKLY, "毎週月曜日の7時ごろ"),
    ],
)
def test_a_notice_says_what_was_chosen(compose: Compose, cadence: Cadence, words: str) -> None:
    for body in bodies(compose(notice(NoticeKind.CONFIRM, "ja", cadence))):
        assert words in body
        assert "カテゴリー：すべて" in body


def test_readers_with_the_same_choices_share_a_skeleton(
    environment: Environment, publication: Publication
) -> None:
    one, other = (notice_skeleton(environment, publication, notice(NoticeKind.CONFIRM)) for _ in range(2))
    assert one == other
