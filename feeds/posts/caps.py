"""How much a post may ask for: some Markdown and HTML grow beyond all bounds (facts/libraries.md §2, §3)."""

from __future__ import annotations

import re

from feeds.posts.trouble import Trouble

MAX_CELLS = 50_000
"""Table cells that a post may have: every row is padded to its head's width."""
MAX_DEPTH = 500
"""Elements within each other: the time for them grows with the square of it."""
MAX_QUOTES = 100
"""Block quotes within each other."""
MAX_NOTES = 5_000
"""References to footnotes: each becomes some 150 characters, here and at the note."""

WORTH_A_LOOK = 8_000
"""Characters below which no cap can be reached by much."""
_DELIMITER_ROW = re.compile(r"^[ \t>]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$", re.MULTILINE)
_QUOTES = re.compile(rf"^(?:[ \t]{{0,8}}>){{{MAX_QUOTES + 1}}}", re.MULTILINE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}?(/?)>")
_CLOSE_THEMSELVES = frozenset(
    """
    p li td th tr dt dd br hr img input source track wbr col area base embed link meta param option rt rp
    """.split()  # noqa: SIM905
)
_MANY_TICKS = re.compile("`{81,}")
"""What the library looks for a partner of anew each time; it remembers shorter runs."""


def refuse(body: str, line: int) -> None:
    """Raises Trouble for a body over a cap; ``line`` is that of its beginning."""
    if body.count("|") > 200 and (found := cells(body))[0] > MAX_CELLS:
        raise _over(f"its tables have some {found[0]:,} cells", MAX_CELLS, body, found[1], line)
    if body.count(">") > MAX_QUOTES and (quoted := _QUOTES.search(body)):
        raise _over("block quotes are nested too deep", MAX_QUOTES, body, quoted.start(), line)
    if body.count("<") > MAX_DEPTH and (place := too_deep(body)) >= 0:
        raise _over("its HTML is nested too deep", MAX_DEPTH, body, place, line)
    if body.count("^") > MAX_NOTES and (notes := body.count("[^")) > MAX_NOTES:
        raise _over(f"it refers to footnotes {notes:,} times", MAX_NOTES, body, body.find("[^"), line)

    if body.count("`") > 20_000 and len(runs := [run.start() for run in _MANY_TICKS.finditer(body)]) > 100:
        raise _over("it has very many long runs of backticks", 100, body, runs[0], line)


def too_deep(html: str) -> int:
    """The place of the first tag that is nested deeper than MAX_DEPTH, or -1."""
    depth = 0
    for tag in _TAG.finditer(html):
        closing, name, itself = tag.groups()
        if itself or name.lower() in _CLOSE_THEMSELVES:
            continue
        depth = max(0, depth - 1) if closing else depth + 1
        if depth > MAX_DEPTH:
            return tag.start()
    return -1


def cells(text: str) -> tuple[int, int]:
    """At most how many cells the tables have, and where the first begins; exact only where that matters."""
    pipes = text.count("|")
    if pipes // 2 * (pipes + text.count("\n")) <= MAX_CELLS:
        return 0, 0
    found, first = 0, -1
    for row in _DELIMITER_ROW.finditer(text):
        first = row.start() if first < 0 else first
        end = text.find("\n\n", row.end())
        rows = text.count("\n", row.end(), end if end >= 0 else len(text)) + 1
        found += (row[0].count("|") + 1) * rows
    return found, first


def _over(said: str, cap: int, body: str, place: int, line: int) -> Trouble:
    at = line + body.count("\n", 0, max(0, place))
    return Trouble(f"the post is too much to render: {said}; {cap:,} is the most", line=at)
