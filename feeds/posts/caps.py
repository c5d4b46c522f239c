"""How much a post may ask for: some Markdown and HTML grow beyond all bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_SIGNS = {"|": 200, ">": MAX_QUOTES, "<": MAX_DEPTH, "^": MAX_NOTES, "`": 20_000}
"""How many of a character a body needs for any of it."""
_BYTES = tuple((sign, sign.encode()) for sign in _SIGNS)
_MOST_RUNS = 100
_MANY_TICKS = re.compile("`{81,}")
"""What the library looks for a partner of anew each time; it remembers shorter runs."""


def signs(data: bytes) -> str:
    """Those of the signs that the bytes of a file have: to look for one is quick, to count it is not."""
    return "".join(sign for sign, byte in _BYTES if byte in data)


def refuse(text: str, start: int, found: Iterable[str] = _SIGNS) -> None:
    """Raises Trouble for a post whose body, from ``start`` on, is over a cap.

    ``found``: the ``signs`` in it.
    """
    many = {sign for sign in found if text.count(sign, start) > _SIGNS[sign]}
    if many:
        _refuse(text, text[start:], many)


def _refuse(text: str, body: str, many: set[str]) -> None:
    if "|" in many and (found := cells(body))[0] > MAX_CELLS:
        raise _over(f"its tables have some {found[0]:,} cells", MAX_CELLS, text, body, found[1])
    if ">" in many and (quoted := _QUOTES.search(body)):
        raise _over("block quotes are nested too deep", MAX_QUOTES, text, body, quoted.start())
    if "<" in many and (place := too_deep(body)) >= 0:
        raise _over("its HTML is nested too deep", MAX_DEPTH, text, body, place)
    if "^" in many and (notes := body.count("[^")) > MAX_NOTES:
        raise _over(f"it refers to footnotes {notes:,} times", MAX_NOTES, text, body, body.find("[^"))
    if "`" in many and len(runs := [run.start() for run in _MANY_TICKS.finditer(body)]) > _MOST_RUNS:
        raise _over("it has very many long runs of backticks", _MOST_RUNS, text, body, runs[0])


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


def _over(said: str, cap: int, text: str, body: str, place: int) -> Trouble:
    line = text.count("\n", 0, len(text) - len(body) + max(0, place)) + 1
    return Trouble(f"the post is too much to render: {said}; {cap:,} is the most", line=line)
