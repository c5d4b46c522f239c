"""Characters, addresses and languages that feeds admit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feeds.syndication.text import language_tag, line, plain, unmasked, uri, xml_text


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_lxml_admits_every_text_that_was_cleaned(text: str) -> None:
    element = etree.Element("e")
    element.text = xml_text(text)
    assert etree.fromstring(etree.tostring(element)).text == (xml_text(text) or None)


@given(st.text())
def test_cleaning_keeps_what_xml_allows(text: str) -> None:
    allowed = [c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")]
    assert xml_text(text) == "".join(allowed)


def test_a_line_keeps_wide_blanks() -> None:
    assert line(" 第1回　はじめに\n つづく\t") == "第1回　はじめに つづく"


@pytest.mark.parametrize(
    ("written", "valid"),
    [
        ("https://example.org/a%20b?q=1&r=2#f", "https://example.org/a%20b?q=1&r=2#f"),
        ("https://example.org/記事", "https://example.org/%E8%A8%98%E4%BA%8B"),
        ("https://日本.jp/a", "https://xn--wgv71a.jp/a"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/a b\n", "https://example.org/a%20b"),
        ("https://example.org/?q[]=1", "https://example.org/?q%5B%5D=1"),
        ("https://example.org/#a#b", "https://example.org/#a%23b"),
        ("https://[::1", "https://%5B::1"),
        ("tag:example.org,2025:記事", "tag:example.org,2025:%E8%A8%98%E4%BA%8B"),
    ],
)
def test_addresses_become_uris(written: str, valid: str) -> None:
    assert uri(written) == valid


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_an_address_that_was_encoded_stays(text: str) -> None:
    once = uri("https://example.org/" + text)
    assert once.isascii()
    assert uri(once) == once


@pytest.mark.parametrize(
    ("language", "tag"),
    [("ja", "ja"), ("en_US", "en-US"), ("日本語", ""), ("", ""), ("zh-Hant-TW", "zh-Hant-TW")],
)
def test_languages_are_tags_or_nothing(language: str, tag: str) -> None:
    assert language_tag(language) == tag


@pytest.mark.parametrize("text", ["News & Views", "a < b", "1 <2", "AT& T", "日本語＆"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Vec<T>", b"Vec&#x3C;T>"),
        ("</b> a < b", b"&#x3C;/b> a &#x3C; b"),
        ("A&#038;B", b"A&#x26;#038;B"),
        ("&nbsp; & co", b"&#x26;nbsp; &#x26; co"),
        ("\U0001fffe<b\U0001ffff>", b"&#x3C;b>"),
    ],
)
def test_what_looks_like_markup_is_written_by_number(text: str, written: bytes) -> None:
    assert unmasked(plain(text).encode()) == written
