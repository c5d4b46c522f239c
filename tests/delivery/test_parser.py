"""Replies are whole however their bytes arrive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.delivery.parser import NotSmtp, ReplyParser

texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20).map(str.encode)
replies = st.lists(st.tuples(st.integers(200, 599), st.lists(texts, min_size=1, max_size=4)), max_size=6)


@given(replies, st.lists(st.integers(1, 40)), st.sampled_from([b"\r\n", b"\n"]))
def test_replies_are_the_same_wherever_they_are_cut(
    said: list[tuple[int, list[bytes]]], cuts: list[int], end: bytes
) -> None:
    data = b""
    for code, lines in said:
        *first, last = lines
        data += b"".join(b"%d-%b%b" % (code, line, end) for line in first) + b"%d %b%b" % (code, last, end)
    parser, found = ReplyParser(), []
    for cut in [*cuts, len(data)]:
        found += parser.replies(data[:cut])
        data = data[cut:]
    assert found == [(code, b" ".join(lines)) for code, lines in said]


@pytest.mark.parametrize(
    "data", [b"hello there\r\n", b"\r\n", b"2\r\n", b"250_\r\n", b"\xff\xfe\r\n", b"-50 x\r\n"]
)
def test_what_is_no_reply_is_noticed(data: bytes) -> None:
    with pytest.raises(NotSmtp):
        list(ReplyParser().replies(data + b"\r\n"))


@pytest.mark.parametrize("data", [b"2" * 70_000, b"250-more\r\n" * 10_000])
def test_a_reply_without_an_end_is_noticed(data: bytes) -> None:
    with pytest.raises(NotSmtp):
        list(ReplyParser().replies(data))


def test_replies_before_what_is_none_are_given_first() -> None:
    parser = ReplyParser().replies(b"250 ok\r\nwhat\r\n")
    assert next(parser) == (250, b"ok")
    with pytest.raises(NotSmtp):
        next(parser)
