"""Where the branches of conditions and loops begin and end."""

from __future__ import annotations

import re

LOOPS = frozenset({"for", "tablerow", "case", "javascript", "stylesheet", "style", "schema"})
CONDITIONS = frozenset({"if", "unless", "ifchanged"})
_PAIRED = re.compile(
    rf"\{{%-?\s*(?:(end)?({'|'.join(sorted(LOOPS | CONDITIONS))})|(else|elsif|elif|elseif))\b"
)


def branches(text: str) -> dict[int, int]:
    """Where a condition's other branch or a loop begins → behind its end, all found in one pass."""
    jumps: dict[int, int] = {}
    open_: list[tuple[str, int, int]] = []  # name, where it begins, where its first ``else`` does
    for tag in _PAIRED.finditer(text):
        is_end, name, other = tag.groups()
        if other:
            if open_ and open_[-1][2] < 0:
                open_[-1] = (*open_[-1][:2], tag.start())
        elif not is_end:
            open_.append((name, tag.start(), -1))
        elif any(name == opened[0] for opened in open_[-50:]):
            while open_[-1][0] != name:
                open_.pop()
            _, begins, branches_at = open_.pop()
            end = text.find("%}", tag.start()) + 2
            if end >= 2:
                jumps[begins if name in LOOPS else branches_at] = end
    jumps.pop(-1, None)
    return jumps
