"""The YAML that nearly all front matter is: a key and a value on every line.

Read without a parser, at a tenth of its cost; whatever is not plainly of this kind is left to the parser.
A property test holds that both read the same.
"""

from __future__ import annotations

import re

from feeds.posts.fields import Value

_NO_SIGN = {ord(blank): None for blank in "\n\u00a0\u200b\u200d\u3000"}
"""Blanks and joiners that mean nothing to YAML, though Python would not print them."""

_QUOTED = r"\"[^\"\\\n]*\"|'[^'\n]*'"
_START = r"[^\s!\"#%&'*,\-.:<=>?@\[\\\]`{|}~]"
"""What a plain value begins with, where it can be nothing else: no sign that means something to YAML."""

_LINE = re.compile(rf"([A-Za-z_][\w-]*):(?: +({_QUOTED}|\[[^\[\]{{}}\n]*\]|{_START}[^\n]*))? *", re.ASCII)
_ITEM = re.compile(rf" *- +({_QUOTED}|{_START}[^\n]*) *")
_MEMBER = re.compile(rf" *(?:({_QUOTED})|({_START}[^\"'\[\]{{}},:#\n]*)) *(?:,|$)")
_ALL_QUOTED = re.compile(r"\[ *\"[^\"\\\n]*\"(?: *, *\"[^\"\\\n]*\")* *\]")
"""How most lists are written: what stands between quotation marks is a member, or what separates two."""
_AMBIGUOUS = re.compile(r": |:$| #")
"""What makes a plain value end, or be an error."""

_NULLS = frozenset({"null", "Null", "NULL"})


def read(text: str) -> tuple[dict[str, Value], dict[str, int], list[str]] | None:
    """Values, lines and repeated keys of a block of front matter; None where it takes a parser."""
    if not (text.replace("\n", "").isprintable() or text.translate(_NO_SIGN).isprintable()):
        return None  # YAML has rules of its own for what is left
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    repeated: list[str] = []
    key, depth = "", 0
    items: list[Value] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if not line or line[0] == "#":
            continue
        if found := _LINE.fullmatch(line):
            key, written = found.groups()
            value = _value(written) if written else ""
            if value is None or key in _NULLS:
                return None
            if key in values:
                repeated.append(key)
            values[key], lines[key] = value, number
            items = [] if written is None else None
        elif items is not None and (found := _ITEM.fullmatch(line)):
            item = _scalar(found[1])
            indent = line.index("-")
            if item is None or (items and indent != depth):
                return None
            depth = indent
            items.append(item)
            values[key] = items
        else:
            return None
    return values, lines, repeated


def _value(written: str) -> Value | None:
    if written[0] != "[":
        return _scalar(written)
    if _ALL_QUOTED.fullmatch(written):
        return list(written[1:-1].strip(" ")[1:-1].split('"')[::2])
    return _list(written[1:-1])


def _scalar(written: str) -> str | None:
    """The text of a quoted or a plain value."""
    if written[0] in "\"'":
        return written[1:-1]
    text = written.rstrip(" ")
    if _AMBIGUOUS.search(text):
        return None
    return "" if text in _NULLS else text


def _list(written: str) -> list[Value] | None:
    """The members of a list between brackets."""
    members: list[Value] = []
    position = 0
    if not written.strip(" "):
        return members
    while position < len(written):
        found = _MEMBER.match(written, position)
        if found is None:
            return None
        member = _scalar(found[1] or found[2])
        if member is None:
            return None
        members.append(member)
        position = found.end()
    return None if written.rstrip(" ").endswith(",") else members
