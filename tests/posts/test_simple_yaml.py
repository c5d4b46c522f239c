"""Front matter that is read without a parser is read as the parser would."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.posts import simple_yaml, yaml_text
from feeds.posts.trouble import Trouble

PIECES = st.sampled_from(
    [
        *("a", "B", "日本", "1", "０", " ", "  ", "\u3000", "\u00a0", "\t"),
        *(":", ": ", " #", "#", "-", "- ", "--- ", '"', "'", "\\", ",", ", ", "[", "]", "{", "}"),
        *("&", "*", "!", "|", ">", "%", "@", "`", "~", "?", "? ", "=", "<", "<<", ".", "..."),
        *("null", "Null", "true", "\u2028", "\u0085", "\ufeff", "\ue000", "\U0001f600"),
    ]
)
VALUES = st.lists(PIECES, max_size=6).map("".join)
KEYS = st.sampled_from(["title", "date", "a-b", "tags", "title ", "Ｋ", "<<", "x.y", "'q'", "null", "2"])
LINES = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]}: {pair[1]}"),
    KEYS.map(lambda key: f"{key}:"),
    st.tuples(KEYS, VALUES).map(lambda pair: f'{pair[0]}: "{pair[1]}"'),
    st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]}: '{pair[1]}'"),
    st.tuples(KEYS, st.lists(VALUES, max_size=3)).map(lambda pair: f"{pair[0]}: [{', '.join(pair[1])}]"),
    st.tuples(st.sampled_from(["- ", "  - ", " - ", "    - "]), VALUES).map("".join),
    st.tuples(st.sampled_from(["", " ", "  "]), VALUES).map("".join),
)
BLOCKS = st.lists(LINES, max_size=6).map(lambda lines: "".join(f"{line}\n" for line in lines))


def by_parser(text: str) -> object:
    try:
        loaded = yaml_text.parse(text)
    except Trouble:
        return "trouble"
    return loaded.value or {}, loaded.lines, loaded.repeated


@settings(max_examples=600, deadline=None)
@given(text=BLOCKS)
def test_both_ways_read_the_same(text: str) -> None:
    simple = simple_yaml.read(text)
    assert simple is None or simple == by_parser(text)


@pytest.mark.parametrize(
    "line",
    [
        'title: "「またGoogleか」――正直なところ: #1"',
        "date: 2025-09-10 02:01:39 +0000",
        "tags: [\"OpenAI\", plain, 'single']",
        "tags: []",
        "image: /assets/a.png # a remark",
        "empty:",
        "published: false",
    ],
)
def test_common_lines_need_no_parser(line: str) -> None:
    simple = simple_yaml.read(f"layout: post\n{line}\n")
    assert (simple is None) == ("# a remark" in line)
    assert simple is None or simple == by_parser(f"layout: post\n{line}\n")


def test_every_real_post_is_read_the_same_both_ways(shared_posts: Path) -> None:
    simple = parsed = 0
    for file in sorted(shared_posts.rglob("*.md")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if text.startswith("---\n") and (end := text.find("\n---", 4)) > 0:
            block = text[4 : end + 1]
            found = simple_yaml.read(block)
            parsed += 1
            simple += found is not None
            assert found is None or found == by_parser(block), file
    assert simple > 0.75 * parsed
