"""The page that lists the feeds for people."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.web.conftest import Client
from tests.web.standin import StandIn, feed


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("en", ["Every post", "By category", "By tag", "By author", "By language"]),
        ("ja", ["すべての記事", "カテゴリーごと", "タグごと", "著者ごと", "言語ごと"]),
    ],
)
def test_each_kind_of_feeds_has_a_heading_of_its_own(
    client: Client,
    service: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    headings: list[str],
) -> None:
    english = replace(feed("language/en", "In English", "", 4), language="en", only="en")
    tools = replace(feed("category/tools.en", "Tools (English)", "", 2), language="en", only="en")
    listed = (
        feed("all", "Everything", "", 9),
        english,
        feed("author/hanako", "Hanako", "", 3),
        feed("tag/print", "Print", "", 5),
        feed("category/tools", "Tools", "", 6),
        tools,
    )
    monkeypatch.setattr(service, "feeds", lambda: listed)
    page = client.get(f"/feeds/?lang={language}").text
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", page) == headings
    order = ["Everything", "Tools", "Print", "Hanako", "In English", "Tools (English)"]
    assert re.findall(r"<h3>([^<]+)</h3>", page) == order
    other = 'lang="en"' if language == "ja" else 'lang="ja"'
    assert page.count(f"<li {other}>") == (2 if language == "ja" else 0)


def test_kinds_without_feeds_have_no_heading(client: Client, service: StandIn) -> None:
    page = client.get("/feeds/?lang=en").text
    assert re.findall(r"<h2[^>]*>([^<]+)</h2>", page) == ["Every post", "By category"]
