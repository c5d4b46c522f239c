"""Spellings: labels that are one in all but case, width, blanks and hyphens."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator

from feeds.model.category import Categories
from feeds.model.noun import dataclass

_JOINTS = dict.fromkeys(map(ord, " \t-_\u2010\u2011\u2012\u2013\u30fb\u3000"))


@dataclass(frozen=True, slots=True)
class Variants:
    """A label, and the other spellings of it that posts have."""

    kept: str
    others: tuple[str, ...]
    posts: tuple[int, ...]
    """How many posts have each, the kept one first."""

    @property
    def message(self) -> str:
        """Which spellings there are, and how many posts have each."""
        rest = ", ".join(
            f"{label!r} ({number:,})" for label, number in zip(self.others, self.posts[1:], strict=True)
        )
        noun = "post" if self.posts[0] == 1 else "posts"
        return f"{self.kept!r} ({self.posts[0]:,} {noun}) is also spelt {rest}"


def variants(counted: Counter[str], preferred: Categories | None = None) -> Iterator[Variants]:
    """Every label that has several spellings; the one that is configured is kept, else the most frequent.

    What ``preferred`` joins already is left out.
    """
    groups: dict[str, list[str]] = {}
    for label, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
        groups.setdefault(folded(label), []).append(label)
    for labels in groups.values():
        apart = _apart(labels, preferred)
        if len(apart) > 1:
            yield Variants(apart[0], tuple(apart[1:]), tuple(counted[label] for label in apart))


def folded(label: str) -> str:
    """What spellings of one label have in common; ``C``, ``C++`` and a plural are other labels."""
    return unicodedata.normalize("NFKC", label).casefold().translate(_JOINTS)


def _apart(labels: list[str], preferred: Categories | None) -> list[str]:
    """The labels that nobody joined, what is configured first."""
    if preferred is None:
        return labels
    owned = {label: preferred.labelled(label) for label in labels}
    named = [label for label in labels if (own := owned[label]) is not None and own.configured]
    kept = named[0] if named else labels[0]
    joined = owned[kept]
    rest = [label for label in labels if label != kept and (owned[label] is None or owned[label] != joined)]
    return [kept, *rest]


def joining_line(found: Variants, categories: Categories) -> str:
    """The lines of the configuration that join the spellings."""
    own = categories.labelled(found.kept)
    label = own.label if own is not None and own.configured else found.kept
    former = own.formerly if own is not None and own.configured else ()
    names = ", ".join(json.dumps(name, ensure_ascii=False) for name in (*former, *found.others))
    return f"[categories.{json.dumps(label, ensure_ascii=False)}] formerly = [{names}]"
