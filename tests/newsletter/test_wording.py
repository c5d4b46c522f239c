"""Short texts that fit."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.newsletter.wording import cut, one_line


def columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


@given(st.text(), st.integers(2, 40))
def test_a_cut_text_fits_and_is_a_beginning(text: str, width: int) -> None:
    shown = cut(text, width)
    assert columns(shown) <= width
    assert shown == text or text.startswith(shown[:-1])


@pytest.mark.parametrize("family", ["👨‍👩‍👧‍👦", "👍🏽", "が", "❤️"])
def test_what_readers_see_as_one_character_stays_whole(family: str) -> None:
    text = f"あ{family}い" + "う" * 30
    for width in range(3, 30):
        kept = cut(text, width)[:-1]
        assert kept in ("", "あ") or kept.startswith(f"あ{family}")


@given(st.text())
def test_one_line_has_no_line_ends_and_no_control_characters(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert all(unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} for c in line)
    assert line == one_line(line)
