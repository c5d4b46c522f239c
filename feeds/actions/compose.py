"""Compose: what is due and new becomes an issue, its editions, and a delivery for every reader.

What readers share is done once: one selection for all who chose alike, one edition for all whose
selection is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from feeds.model.category import Categories
from feeds.model.issue import Edition, Skeleton, Slot
from feeds.model.noun import dataclass
from feeds.model.subscriber import EVERYTHING, Cadence, Topic
from feeds.newsletter.selection import Mailable, Selection, select
from feeds.newsletter.slots import latest_slot
from feeds.store import issues as issues_store
from feeds.store import mailable_posts as mailable_store
from feeds.store import slots as slots_store
from feeds.store import state
from feeds.store.database import Database
from feeds.store.editions import insert_edition
from feeds.store.issues import Choice
from feeds.store.mailable_posts import MailablePost
from feeds.store.slots import Rhythm


@dataclass(frozen=True, slots=True)
class Written:
    """An edition's subject and the bytes that its readers share."""

    subject: str
    skeleton: Skeleton
    shown: int
    """How many posts it has room for."""
    more: int
    """How many it counts beside them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an edition is made of: readers with equal drafts share one."""

    cadence: Cadence
    period: str
    due: datetime
    language: str
    posts: tuple[int, ...]
    more: int


WriteEdition = Callable[[Draft], Written]
"""Renders an edition; called outside any transaction."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Slots that share an issue, or one moment of cadence ``each``."""

    cadence: Cadence
    period: str
    due: datetime
    slots: tuple[Slot | None, ...]


@dataclass(frozen=True, slots=True)
class _Share:
    """Readers of one choice, and what they get."""

    slot: Slot | None
    choice: Choice
    selection: Selection


def compose(
    database: Database, categories: Categories, write_edition: WriteEdition, max_posts: int, now: datetime
) -> tuple[int, ...]:
    """Composes everything that is due and returns the keys of the issues.

    Rendering happens between two transactions; whoever chose something in between is looked at
    again, so the second one decides on the spot and only writes what the first one prepared.
    """
    composed: list[int] = []
    for occasion in _due(database, now):
        prepared: dict[Draft, Written] = {}
        while True:
            with database.read() as connection:
                wanted = _drafts(connection, occasion, categories, max_posts)
            prepared |= {draft: write_edition(draft) for draft in wanted if draft not in prepared}
            with database.write() as connection:
                shares = list(_shares(connection, occasion.slots, categories, max_posts))
                if all(_draft(occasion, share) in prepared for share in shares):
                    composed += _write(connection, occasion, shares, prepared, now)
                    break
    return tuple(composed)


def _due(database: Database, now: datetime) -> list[Occasion]:
    """What has to be looked at now: the latest slot of every rhythm unless it is closed, and ``each``."""
    with database.read() as connection:
        slots = [_latest(rhythm, now) for rhythm in slots_store.rhythms(connection)]
        passed = [slot for slot in slots if not slots_store.is_closed(connection, slot)]
        moment = issues_store.free_instant(connection, Cadence.EACH, now)
    return [*occasions(passed), Occasion(Cadence.EACH, moment.isoformat(), moment, (None,))]


def _latest(rhythm: Rhythm, now: datetime) -> Slot:
    return latest_slot(rhythm.cadence, rhythm.zone, rhythm.hour, rhythm.weekday, now)


def occasions(slots: Iterable[Slot]) -> list[Occasion]:
    """The slots by cadence, due instant and period: each of these is one issue."""
    grouped: dict[tuple[datetime, str, Cadence], list[Slot | None]] = {}
    for slot in slots:
        grouped.setdefault((slot.due, slot.period, slot.cadence), []).append(slot)
    return [
        Occasion(cadence, period, due, tuple(members))
        for (due, period, cadence), members in sorted(grouped.items(), key=lambda group: group[0])
    ]


def _drafts(
    connection: Connection, occasion: Occasion, categories: Categories, max_posts: int
) -> list[Draft]:
    shares = _shares(connection, occasion.slots, categories, max_posts)
    return list(dict.fromkeys(_draft(occasion, share) for share in shares))


def _draft(occasion: Occasion, share: _Share) -> Draft:
    selection = share.selection
    return Draft(
        occasion.cadence,
        occasion.period,
        occasion.due,
        share.choice.language,
        selection.shown,
        len(selection.rest),
    )


def _shares(
    connection: Connection, slots: Sequence[Slot | None], categories: Categories, max_posts: int
) -> Iterator[_Share]:
    """What every choice among the readers of these slots brings, where it brings anything."""
    choices = [(slot, choice) for slot in slots for choice in issues_store.choices(connection, slot)]
    if not choices:
        return
    lowest = min(choice.watermark for _, choice in choices)
    mailable = mailable_posts(connection, categories, above=lowest)
    for slot, choice in choices:
        selection = select(mailable, current_topics(choice.topics, categories), choice.watermark, max_posts)
        if selection is None:
            continue
        cadence = Cadence.EACH if slot is None else slot.cadence
        period = issues_store.period_of(slot, selection.top)
        # Whoever's last delivery failed gets the same posts with the next new one, not at every beat.
        if issues_store.anybody_gets(connection, cadence, period, slot, choice):
            yield _Share(slot, choice, selection)


def mailable_posts(connection: Connection, categories: Categories, *, above: int) -> list[Mailable]:
    """Mailable posts with higher sequence numbers, each with the slugs of its categories."""
    return with_slugs(mailable_store.mailable_posts(connection, above), categories)


def with_slugs(posts: Iterable[MailablePost], categories: Categories) -> list[Mailable]:
    """The posts as selection wants them."""
    return [
        Mailable(post.key, post.sequence, post.published, frozenset(_slugs(post.categories, categories)))
        for post in posts
    ]


def _slugs(labels: Iterable[str], categories: Categories) -> Iterator[str]:
    for label in labels:
        category = categories.labelled(label)
        if category is not None:
            yield category.slug


def current_topics(topics: Sequence[Topic], categories: Categories) -> tuple[Topic, ...]:
    """The topics under the slugs that their categories have today."""
    return tuple(
        topic
        if topic.slug == EVERYTHING or (category := categories.find(topic.slug)) is None
        else replace(topic, slug=category.slug)
        for topic in topics
    )


def _write(
    connection: Connection,
    occasion: Occasion,
    shares: Sequence[_Share],
    prepared: dict[Draft, Written],
    now: datetime,
) -> list[int]:
    """Closes the slots and writes the issue, if anybody gets it."""
    for slot in occasion.slots:
        if slot is not None:
            slots_store.close(connection, slot, now)
    state.remember_instant(connection, now)
    if not shares:
        return []
    issue = issues_store.insert_issue(connection, occasion.cadence, occasion.period, occasion.due, now)
    editions: dict[Draft, Edition] = {}
    carried: set[int] = set()
    for share in shares:
        draft = _draft(occasion, share)
        if draft not in editions:
            written = prepared[draft]
            shown = draft.posts[: written.shown]
            edition = Edition(
                0, issue.key, draft.language, shown, written.more, written.subject, written.skeleton
            )
            editions[draft] = insert_edition(connection, edition)
        issues_store.enqueue(
            connection, issue, editions[draft].key, share.slot, share.choice, top=share.selection.top, now=now
        )
        carried |= {*share.selection.shown, *share.selection.rest}
    mailable_store.mark_carried(connection, carried)
    issues_store.freeze(connection, issue)
    return [issue.key]
