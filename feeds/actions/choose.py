"""Choose: a subscriber changes topics, cadence, hour, zone or language."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from feeds.errors import InvalidToken
from feeds.model.subscriber import EVERYTHING, Subscriber, Subscription, Topic
from feeds.store import state, subscribers
from feeds.store.database import Database


def topics_of(slugs: Collection[str], since: int = 0) -> tuple[Topic, ...]:
    """Topics for these slugs; none named means everything, future categories too."""
    return tuple(sorted(Topic(slug, since) for slug in set(slugs) or {EVERYTHING}))


def choose(database: Database, key: int, wanted: Subscription, now: datetime) -> Subscriber:
    """Stores the choice. A topic that is added counts from now on: it brings no backlog.

    ``wanted.topics`` name slugs; what they are counted from is decided here. Raises InvalidToken
    where the subscriber was erased.
    """
    with database.write() as connection:
        subscriber = subscribers.by_key(connection, key)
        if subscriber is None:
            raise InvalidToken("this subscription is not there any more")
        before = subscriber.subscription
        topics = _counted(before.topics, wanted.topics, state.top_sequence(connection))
        subscribers.choose(connection, key, replace(wanted, topics=topics))
        if _rhythm(before) != _rhythm(wanted):
            subscribers.set_active_since(connection, key, now)
        state.remember_instant(connection, now)
        changed = subscribers.by_key(connection, key)
        assert changed is not None
        return changed


def _counted(before: tuple[Topic, ...], wanted: tuple[Topic, ...], top: int) -> tuple[Topic, ...]:
    """Each wanted topic with the number it counts from.

    A category that was covered before keeps its number. Who goes from some categories to
    everything keeps those beside it, so that what was on its way to them still comes, also when
    they choose everything once more.
    """
    had = {topic.slug: topic.since for topic in before}
    everything = had.get(EVERYTHING, top)
    kept = {topic.slug: min(had.get(topic.slug, top), everything) for topic in wanted}
    if EVERYTHING in kept:
        kept = had | kept
    return tuple(sorted(Topic(slug, since) for slug, since in kept.items()))


def _rhythm(subscription: Subscription) -> tuple[object, ...]:
    return subscription.cadence, subscription.hour, subscription.weekday, subscription.zone
