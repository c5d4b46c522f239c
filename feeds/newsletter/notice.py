"""Notices: single mails to single readers, about their subscription.

They repeat nothing that a visitor typed, as sign-up forms are abused to send such words to strangers,
and tell robots not to answer (RFC 3834).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from feeds.model.issue import Skeleton
from feeds.model.noun import dataclass
from feeds.model.subscriber import Bearer, Cadence
from feeds.newsletter.fields import common_fields, list_fields
from feeds.newsletter.holes import MESSAGE_ID, TO, Hole, holes_for, links
from feeds.newsletter.message import build_skeleton
from feeds.newsletter.publication import Publication
from feeds.newsletter.rendering import render_mail, require
from feeds.newsletter.tokens import CONFIRM_HOURS, Purpose, Signer

if TYPE_CHECKING:
    from jinja2 import Environment


class NoticeKind(StrEnum):
    """What a notice says; the value is the name of its folder of templates."""

    CONFIRM = "confirm"
    """Somebody signed this address up: is that right?"""
    WELCOME = "welcome"
    """The subscription is confirmed."""
    KNOWN = "known"
    """Somebody signed up an address that is confirmed already."""


_PURPOSES = {
    NoticeKind.CONFIRM: (Purpose.CONFIRM,),
    NoticeKind.WELCOME: (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES),
    NoticeKind.KNOWN: (Purpose.UNSUBSCRIBE, Purpose.PREFERENCES),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says. Readers with equal notices of one publication can share its skeleton."""

    kind: NoticeKind
    language: str
    created: datetime
    cadence: Cadence
    hour: int
    weekday: int
    topics: tuple[str, ...] = ()
    """Titles of the categories that the reader chose; none for everything."""


def notice_skeleton(environment: Environment, publication: Publication, notice: Notice) -> Skeleton:
    """The notice as a message with holes; ``notice_values`` gives what fills them.

    Raises ConfigurationError for a template that cannot be used.
    """
    holes = holes_for((publication, notice), _PURPOSES[notice.kind])
    hole = links(holes, publication.base_url)
    context = {
        "publication": publication,
        "notice": notice,
        "language": notice.language,
        "hole": hole,
        "confirm_hours": CONFIRM_HOURS,
    }
    rendered = render_mail(environment, notice.kind, context)
    needed = "hole.confirm_url" if notice.kind is NoticeKind.CONFIRM else "hole.unsubscribe_url"
    require(rendered, notice.kind, {needed: hole[needed.removeprefix("hole.")]})
    fields = _fields(publication, notice, rendered.subject, holes)
    return build_skeleton(fields, rendered.text, rendered.html, holes.values())


def notice_values(
    signer: Signer, publication: Publication, *, notice: int, created: datetime, reader: Bearer
) -> dict[str, str]:
    """What fills the holes of any notice for one reader; ``notice`` is its number in the outbox."""
    key, generation = reader.key, reader.generation
    tokens = {purpose.value: signer.token(purpose, key, generation, created) for purpose in Purpose}
    return {TO: reader.email.wire, MESSAGE_ID: signer.notice_id(notice, publication.domain)} | tokens


def _fields(
    publication: Publication, notice: Notice, subject: str, holes: Mapping[str, Hole]
) -> Iterator[bytes]:
    yield from common_fields(
        publication, holes, subject=subject, date=notice.created, language=notice.language
    )
    if notice.kind is not NoticeKind.CONFIRM:  # nobody can leave a list before they are on it
        yield from list_fields(publication, holes)
