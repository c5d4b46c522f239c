"""Where a judge sees an entry otherwise than it stands in the document, or one format than another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urljoin

from feeds.model.feed import Format
from tests.judges import plain
from tests.judges.documents import Reading, Seen, Served


class Misreading(NamedTuple):
    """What a judge is known to read otherwise than the document says it."""

    judge: str
    field: str
    reason: str
    read: Callable[[Any], Any]
    """What stands there → what the judge makes of it."""
    forms: frozenset[Format] = frozenset(Format)


def _mended(text: str) -> str:
    try:
        return text.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return text


def _without_dot_segments(url: str) -> str:
    return urljoin(url, re.sub("%2e", ".", url, flags=re.IGNORECASE))


MISREADINGS = (
    Misreading("feedparser", "title", 'takes "Â¡" for UTF-8 that somebody read as Latin-1', _mended),
    Misreading("reader", "title", "reads with feedparser", _mended),
    Misreading("newsboat", "link", "resolves /%2e%2e/ in an address, as browsers do", _without_dot_segments),
    Misreading("rss-parser", "enclosure", "reads none in Atom", lambda _: "", frozenset({Format.ATOM})),
)


def faults(judge: str, document: Served, reading: Reading) -> list[str]:
    """What the judge has against the document, and what it sees otherwise than it stands there."""
    if reading.entries is None:
        return list(reading.complaints)
    stands = plain.read(document.body, document.form)
    return [*reading.complaints, *differences(judge, document.form, stands, reading.entries)]


def differences(judge: str, form: Format, stands: Sequence[Seen], sees: Iterable[Seen]) -> list[str]:
    """Each field of each entry that the judge sees otherwise, and entries that it misses or invents."""
    seen = {entry.id: entry for entry in sees}
    found = []
    for entry in stands:
        other = seen.pop(entry.id, None)
        found += [f"misses {entry.id!r}"] if other is None else _fields(judge, form, entry, other)
    return found + [f"sees {entry_id!r}, which is not there" for entry_id in seen]


def _fields(judge: str, form: Format, stands: Seen, sees: Seen) -> list[str]:
    return [
        f"{field} of {stands.id!r}: stands {one!r}, is seen as {other!r}"
        for field, one, other in zip(Seen._fields, stands, sees, strict=True)
        if one != other and other not in _readings(judge, form, field, one)
    ]


def _readings(judge: str, form: Format, field: str, value: object) -> list[object]:
    known = [each for each in MISREADINGS if (each.judge, each.field) == (judge, field)]
    return [each.read(value) for each in known if form in each.forms]


def between_formats(forms: Mapping[Format, Sequence[Seen]]) -> list[str]:
    """Where the formats of one feed disagree, entry by entry; ids differ by format, and are not compared.

    RSS and Atom need a title, and give a post without one its address; JSON Feed needs none.
    """
    (first, entries), *others = forms.items()
    found = []
    for form, theirs in others:
        if len(theirs) != len(entries):
            found.append(f"{first} has {len(entries)} entries, {form} {len(theirs)}")
        else:
            pairs = zip(map(_common, entries), map(_common, theirs), strict=True)
            found += [f"{first} has {one}, {form} {other}" for one, other in pairs if one != other]
    return found


def _common(entry: Seen) -> tuple[object, ...]:
    return entry.link, entry.title or entry.link, entry.date, entry.enclosure
