"""What check found, as a person reads it: of remarks that are all alike, the first few."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.model.report import Finding

_ALIKE = 3
"""Remarks about one construct that a person wants to read; the rest is counted."""
_CONSTRUCT = re.compile(r"`(\{[{%][<%]?-?\s*/?[\w./-]+|<[\w.]+)")


def finding_lines(findings: Iterable[Finding], *, whole: bool) -> Iterator[str]:
    """A line for each; unless ``whole``, only the first few remarks about the same construct, and a count."""
    seen: Counter[str] = Counter()
    for finding in findings:
        found = None if whole or finding.severe else _CONSTRUCT.match(finding.message)
        if found:
            seen[found[1]] += 1
            if seen[found[1]] > _ALIKE:
                continue
        yield finding_line(finding)
    more = [f"{number - _ALIKE:,} × `{name} …`" for name, number in seen.most_common() if number > _ALIKE]
    if more:
        yield f"and so it is with {', '.join(more)}: `kawaraban check --all` names each"


def finding_line(finding: Finding) -> str:
    """``file:line: key: message``, without the parts that there are none of."""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return ": ".join(part for part in (place, finding.key, finding.message) if part)
