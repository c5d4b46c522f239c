"""Signing up, confirming, choosing and leaving."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feeds.actions.choose import _counted, topics_of
from feeds.errors import InvalidToken
from feeds.model.subscriber import EVERYTHING, Cadence, Topic
from feeds.newsletter.tokens import Purpose
from tests.machine.failures import Attempt
from tests.machine.world import World, address, read_mail

ANN = address("ann")


def sign_up(world: World) -> None:
    world.service.subscribe(ANN, topics=["a"], cadence=Cadence.DAILY, language="en")


def confirmation(world: World) -> str:
    subscriber = world.service.subscriber(ANN)
    assert subscriber is not None
    return world.service.signer.token(Purpose.CONFIRM, subscriber.key, 0, world.now)


def test_confirming_twice_changes_nothing(world: World) -> None:
    sign_up(world)
    token = confirmation(world)
    assert world.service.confirm(token).state == "confirmed"
    before = world.tables()
    world.now += timedelta(hours=1)
    world.service.confirm(token)
    assert world.tables() == before


def test_an_old_confirmation_does_not_bring_back_who_left(world: World) -> None:
    sign_up(world)
    token = confirmation(world)
    subscriber = world.service.confirm(token)
    world.service.unsubscribe(world.service.signer.token(Purpose.UNSUBSCRIBE, subscriber.key, 0))
    with pytest.raises(InvalidToken, match="sign up again"):
        world.service.confirm(token)


def test_signing_up_again_leaves_a_confirmed_subscription_as_it_is(world: World) -> None:
    world.service.add_subscriber(ANN, topics=["b"], confirmed=True)
    before = world.service.subscriber(ANN)
    sign_up(world)
    assert world.service.subscriber(ANN) == before


def test_the_form_sends_at_most_three_notices_a_day(world: World) -> None:
    for _ in range(20):
        sign_up(world)
        world.now += timedelta(minutes=11)
    world.service.tick()
    assert len(world.wire.attempts) == 3


def test_no_notice_goes_to_who_unsubscribed_before_it_was_sent(world: World) -> None:
    sign_up(world)
    subscriber = world.service.confirm(confirmation(world))
    world.service.unsubscribe(world.service.signer.token(Purpose.UNSUBSCRIBE, subscriber.key, 0))
    world.service.tick()
    assert world.wire.attempts == []
    assert world.service.waiting() == 0


def test_the_notice_of_a_sign_up_carries_the_link_that_confirms_it(world: World) -> None:
    sign_up(world)
    world.service.tick()
    (attempt,) = world.wire.attempts
    assert isinstance(attempt, Attempt)
    token = read_mail(attempt.body).links["confirm"]
    assert world.service.confirm(token).email == ANN


def test_no_topics_mean_everything() -> None:
    assert topics_of(()) == (Topic(EVERYTHING, 0),)
    assert topics_of(["b", "a", "b"]) == (Topic("a", 0), Topic("b", 0))


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ({"a": 3}, "ab", {"a": 3, "b": 9}),  # what is added counts from now on
        ({"a": 3, "b": 5}, "b", {"b": 5}),
        ({"*": 4}, "a", {"a": 4}),  # it was covered before
        ({"a": 3}, "*", {"*": 9, "a": 3}),  # what was on its way still comes
        ({"*": 9, "a": 3}, "*", {"*": 9, "a": 3}),  # also when they choose it once more
        ({"*": 9, "a": 3}, "ab", {"a": 3, "b": 9}),
    ],
)
def test_a_topic_counts_from_when_it_was_first_wanted(
    before: dict[str, int], wanted: str, after: dict[str, int]
) -> None:
    had = tuple(Topic(slug, since) for slug, since in before.items())
    assert {t.slug: t.since for t in _counted(had, topics_of(wanted), 9)} == after
