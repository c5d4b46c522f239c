"""Sample: the next digest as a reader would get it, without a trace in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from feeds.actions.compose import Draft, WriteEdition, Written, current_topics, mailable_posts
from feeds.errors import UsageError
from feeds.model.category import Categories
from feeds.model.subscriber import Subscriber, Subscription, Topic
from feeds.newsletter.selection import Mailable, Selection, select
from feeds.store.database import Database


def sample(
    database: Database,
    categories: Categories,
    write_edition: WriteEdition,
    wanted: Subscription,
    *,
    reader: Subscriber | None,
    max_posts: int,
    now: datetime,
) -> Written:
    """The digest of this choice: what is new to the reader, else the newest posts that it covers.

    Raises UsageError where it covers none.
    """
    with database.read() as connection:
        mailable = mailable_posts(connection, categories, above=0)
    topics = current_topics(wanted.topics, categories)
    selection = select(mailable, topics, reader.watermark, max_posts) if reader else None
    selection = selection or _newest(mailable, topics, max_posts)
    if selection is None:
        raise UsageError(
            "no mailable post has one of these categories; `kawaraban check` lists what there is"
        )
    draft = Draft(
        wanted.cadence, f"{now:%Y-%m-%d}", now, wanted.language, selection.shown, len(selection.rest)
    )
    return write_edition(draft)


def _newest(mailable: Sequence[Mailable], topics: Sequence[Topic], max_posts: int) -> Selection | None:
    everything = [Topic(topic.slug, 0) for topic in topics]
    selection = select(mailable, everything, 0, max_posts)
    return selection and Selection(selection.shown, (), selection.top)
