"""What a judge may say of a document that is right all the same, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from tests.judges import plain
from tests.judges.documents import Served

_ENTITY = re.compile(r"&(#\d+|\w+);")
_C1 = {chr(code).encode() for code in range(0x80, 0xA0)}


class Remark(NamedTuple):
    """A judge's words that are no fault."""

    judge: str
    begins: str
    reason: str
    applies: Callable[[Served], bool]


def _lost_a_character(document: Served) -> bool:
    body = document.body
    return "\ufffd".encode() in body and not any(character in body for character in _C1)


def _names_an_entity(document: Served) -> bool:
    return any(_ENTITY.search(entry.title) for entry in plain.read(document.body, document.form))


_SAID_SO = "the title of a post names an entity of HTML, as text"

REMARKS = (
    Remark(
        "w3c",
        "DuplicateUpdated",
        "two posts bear the same date, mostly one without a time; RFC 4287 asks for dates that are true, "
        "and the validator says that nothing is to be done then",
        lambda _: True,
    ),
    Remark(
        "w3c",
        "BadCharacters",
        "U+FFFD stands in the post itself: the character was lost when it was written, or is its subject",
        _lost_a_character,
    ),
    Remark("w3c", "ContainsHTML", _SAID_SO, _names_an_entity),
    Remark("w3c", "ContainsUndeclaredHTML", _SAID_SO, _names_an_entity),
)


def reason(judge: str, document: Served, complaint: str) -> str:
    """Why this is no fault; empty where it is one."""
    fitting = (
        r for r in REMARKS if r.judge == judge and complaint.startswith(r.begins) and r.applies(document)
    )
    return next((remark.reason for remark in fitting), "")
