"""Patterns for paths, as configurations of generators have them, as regular expressions."""

from __future__ import annotations

import re

_PIECES = re.compile(r"(\*\*/|\*\*|\*|\?|\{|\}|,|\[!?[^\]\[]+\])")
_SPELT = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


def glob(pattern: str, *, any_depth: bool = False) -> re.Pattern[str] | None:
    """What a path has to look like: ``*`` within a folder, ``**`` across them, ``?``, ``[ab]`` and ``{a,b}``.

    ``any_depth``: ``**/`` also stands for no folder, as in Ruby. None for what is no pattern.
    """
    made, depth = [], 0
    for piece in _PIECES.split(pattern):
        depth += (piece == "{") - (piece == "}")
        if piece == "**/":
            made.append("(?:.*/)?" if any_depth else ".*/")
        elif piece == ",":
            made.append("|" if depth > 0 else ",")
        elif piece[:1] == "[" and piece[-1:] == "]":
            made.append(f"[{'^' if piece[1] == '!' else ''}{re.escape(piece.strip('[]').lstrip('!'))}]")
        else:
            made.append(_SPELT.get(piece) or re.escape(piece))
    try:
        return re.compile("".join(made).replace(r"\-", "-"))
    except re.error:
        return None
