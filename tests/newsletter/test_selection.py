"""Selection: what is new to a reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from feeds.model.subscriber import EVERYTHING, Topic
from feeds.newsletter.selection import Mailable, is_new, select

SLUGS = ["tech", "research", "strategy"]
START = datetime(2026, 1, 1, tzinfo=UTC)


@st.composite
def shelves(draw: st.DrawFn) -> list[Mailable]:
    """Mailable posts: sequence numbers differ, dates need not and say nothing."""
    sequences = draw(st.lists(st.integers(1, 60), unique=True, max_size=30))
    return [
        Mailable(
            key=1000 + sequence,
            sequence=sequence,
            published=START + timedelta(days=draw(st.integers(-5, 5))),
            categories=draw(st.frozensets(st.sampled_from(SLUGS))),
        )
        for sequence in sequences
    ]


topic_lists = st.lists(
    st.builds(Topic, st.sampled_from([*SLUGS, EVERYTHING]), st.integers(0, 60)), max_size=4
)
watermarks = st.integers(0, 60)
limits = st.integers(1, 25)


@given(shelves(), topic_lists, watermarks, limits)
def test_every_new_post_is_shown_or_counted_once(
    posts: list[Mailable], topics: list[Topic], watermark: int, limit: int
) -> None:
    new = {post.key for post in posts if is_new(post, topics, watermark)}
    selection = select(posts, topics, watermark, limit)
    if selection is None:
        assert not new
        return
    assert sorted(selection.shown + selection.rest) == sorted(new)
    assert len(selection.shown) == min(limit, len(new))


@given(shelves(), topic_lists, watermarks, limits)
def test_nothing_is_new_once_the_watermark_has_moved(
    posts: list[Mailable], topics: list[Topic], watermark: int, limit: int
) -> None:
    selection = select(posts, topics, watermark, limit)
    if selection:
        assert selection.top > watermark
        assert select(posts, topics, selection.top, limit) is None


@given(shelves(), topic_lists, watermarks, limits, st.data())
def test_a_redated_post_is_as_new_or_old_as_before(
    posts: list[Mailable], topics: list[Topic], watermark: int, limit: int, data: st.DataObject
) -> None:
    days = data.draw(st.lists(st.integers(-900, 900), min_size=len(posts), max_size=len(posts)))
    redated = [
        replace(post, published=post.published + timedelta(days=n))
        for post, n in zip(posts, days, strict=True)
    ]
    before, after = (select(some, topics, watermark, limit) for some in (posts, redated))
    assert bool(before) == bool(after)
    if before and after:
        assert set(before.shown + before.rest) == set(after.shown + after.rest)
        assert before.top == after.top


@given(shelves(), topic_lists, watermarks, limits)
def test_the_newest_published_come_first(
    posts: list[Mailable], topics: list[Topic], watermark: int, limit: int
) -> None:
    selection = select(posts, topics, watermark, limit)
    if selection:
        by_key = {post.key: post for post in posts}
        dates = [by_key[key].published for key in selection.shown + selection.rest]
        assert dates == sorted(dates, reverse=True)


@given(shelves(), topic_lists, watermarks, limits)
def test_the_order_of_posts_and_topics_does_not_matter(
    posts: list[Mailable], topics: list[Topic], watermark: int, limit: int
) -> None:
    backwards = select(posts[::-1], topics[::-1], watermark, limit)
    assert backwards == select(posts, topics, watermark, limit)


def test_everything_covers_a_post_without_categories() -> None:
    post = Mailable(1, 5, START)
    assert is_new(post, [Topic(EVERYTHING, 0)], 0)
    assert not is_new(post, [Topic("tech", 0)], 0)


def test_an_added_category_brings_no_backlog() -> None:
    old, new = Mailable(1, 5, START, frozenset({"tech"})), Mailable(2, 8, START, frozenset({"tech"}))
    selection = select([old, new], [Topic("research", 0), Topic("tech", 6)], 0, 20)
    assert selection
    assert selection.shown == (2,)


def test_a_back_dated_post_is_not_lost() -> None:
    ancient = Mailable(1, 9, START - timedelta(days=4000))
    selection = select([ancient], [Topic(EVERYTHING, 0)], 8, 20)
    assert selection
    assert (selection.shown, selection.top) == ((1,), 9)
