"""Plan: what would be mailed next, without writing anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from feeds.actions.compose import Occasion, current_topics, mailable_posts, occasions, with_slugs
from feeds.model.category import Categories
from feeds.model.issue import Slot
from feeds.model.noun import dataclass
from feeds.model.report import PlannedIssue
from feeds.model.subscriber import Cadence
from feeds.newsletter.selection import select
from feeds.newsletter.slots import latest_slot, next_slot
from feeds.store import issues as issues_store
from feeds.store import posts as posts_store
from feeds.store import slots as slots_store
from feeds.store.database import Database
from feeds.store.mailable_posts import ripening_posts


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a plan looks from."""

    categories: Categories
    max_posts: int
    settle: timedelta
    now: datetime


def plan(database: Database, outlook: Outlook) -> tuple[PlannedIssue, ...]:
    """The issues that are due now and the next one of every rhythm, as of the last scan, by due instant.

    Posts that will have settled by then are counted in.
    """
    now = outlook.now
    with database.read() as connection:
        due = [Occasion(Cadence.EACH, now.isoformat(), now, (None,)), *occasions(_slots(connection, now))]
        planned = [_planned(connection, occasion, outlook) for occasion in due]
    return tuple(sorted((p for p in planned if p is not None), key=lambda p: (p.due, p.cadence)))


def _slots(connection: Connection, now: datetime) -> Iterable[Slot]:
    for rhythm in slots_store.rhythms(connection):
        when = (rhythm.cadence, rhythm.zone, rhythm.hour, rhythm.weekday)
        latest = latest_slot(*when, now)
        if not slots_store.is_closed(connection, latest) and issues_store.choices(connection, latest):
            yield latest
        else:
            yield next_slot(*when, now)


def _planned(connection: Connection, occasion: Occasion, outlook: Outlook) -> PlannedIssue | None:
    ahead = occasion.due > outlook.now
    categories = outlook.categories
    choices = [c for slot in occasion.slots for c in issues_store.choices(connection, slot, ahead=ahead)]
    if not choices:
        return None
    mailable = mailable_posts(connection, categories, above=min(choice.watermark for choice in choices))
    settled_since = max(occasion.due, outlook.now) - outlook.settle
    mailable += with_slugs(ripening_posts(connection, settled_since), categories)
    readers = 0
    shown: dict[int, None] = {}
    more = 0
    for choice in choices:
        selection = select(
            mailable, current_topics(choice.topics, categories), choice.watermark, outlook.max_posts
        )
        if selection is not None:
            readers += choice.readers
            more = max(more, len(selection.rest))
            shown |= dict.fromkeys(selection.shown)
    if not readers and occasion.cadence is Cadence.EACH:
        return None
    posts = posts_store.posts_by_key(connection, shown)
    titles = tuple(posts[key].title for key in shown)
    return PlannedIssue(occasion.cadence.value, occasion.period, occasion.due, readers, titles, more)
