"""Work that is spread over processes gives what it gives in one."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from feeds.processes import Work, helpers, prepare, spread

HERE = os.getpid()


def squares(numbers: Sequence[int]) -> Iterator[int]:
    return (number * number for number in numbers)


def places(numbers: Sequence[int]) -> Iterator[int]:
    return (os.getpid() for _ in numbers)


def slow_places(numbers: Sequence[int]) -> Iterator[int]:
    for _ in numbers:
        time.sleep(0.002)
        yield os.getpid()


def dying(numbers: Sequence[int]) -> Iterator[int]:
    """Kills every process but this one at 500."""
    for number in numbers:
        if number == 500 and os.getpid() != HERE:
            os.kill(os.getpid(), signal.SIGKILL)
        yield number * number


def large(numbers: Sequence[int]) -> Iterator[str]:
    return (str(number) * 10_000 for number in numbers)


def refusing(numbers: Sequence[int]) -> Iterator[int]:
    for number in numbers:
        if number == 700:
            raise ValueError("seven hundred")
        yield number


@pytest.mark.parametrize("count", [0, 1, 7, 1000, 5000])
def test_results_come_in_the_order_of_the_items(count: int) -> None:
    numbers = range(count)
    assert list(spread(squares, numbers, 3, worth=2)) == [n * n for n in numbers]


@pytest.mark.parametrize("late", [0, 0.2])
def test_what_a_dying_child_has_left_is_done_here(late: float) -> None:
    results = spread(dying, range(2000), 2, worth=2)
    time.sleep(late)  # the child comes to what kills it before this process takes part
    assert list(results) == [n * n for n in range(2000)]


def test_what_the_work_raises_is_raised_to_the_caller() -> None:
    with pytest.raises(ValueError, match="seven hundred"):
        list(spread(refusing, range(2000), 2, worth=2))


@pytest.fixture
def children() -> Callable[[], set[int]]:
    """The processes that were begun here since the test began: other tests have servers of theirs."""

    def now() -> set[int]:
        return {
            int(child)
            for file in Path("/proc/self/task").glob("*/children")
            for child in file.read_text().split()
        }

    before = now()
    return lambda: now() - before


def test_helpers_answer_a_program_with_threads_and_outlive_what_goes_wrong(
    children: Callable[[], set[int]],
) -> None:
    with helpers(2), ThreadPoolExecutor(1) as threads:

        def ask(work: Work[int, int], count: int) -> list[int]:
            return threads.submit(lambda: list(spread(work, range(count), 2, worth=2))).result()

        threads.submit(int).result()  # from now on there is a thread
        assert len(children()) == 2
        assert set(ask(places, 1000)).isdisjoint({HERE})
        with pytest.raises(ValueError, match="seven hundred"):
            ask(refusing, 2000)
        assert ask(squares, 1000) == [n * n for n in range(1000)]
        assert ask(dying, 2000) == [n * n for n in range(2000)]
        assert ask(squares, 1000) == [n * n for n in range(1000)]
    assert children() == set()


def test_whoever_has_nothing_else_to_do_takes_part(children: Callable[[], set[int]]) -> None:
    with helpers(1):
        prepare("colorsys")
        assert set(spread(slow_places, range(100), 2, worth=2)) == {HERE, *children()}
        later = spread(places, range(1000), 2, worth=2)
        time.sleep(0.2)
        assert set(later) == children()


def large_places(numbers: Sequence[int]) -> Iterator[str]:
    return (f"{os.getpid()}".ljust(100_000) for _ in numbers)


def test_helpers_do_not_wait_until_their_answers_are_read(children: Callable[[], set[int]]) -> None:
    with helpers(1):
        later = spread(large_places, range(100), 2, worth=2)  # ten times as much as a pipe holds
        time.sleep(0.5)
        assert {int(text) for text in later} == children()


def test_a_busy_caller_keeps_a_core_and_takes_part_when_it_asks(children: Callable[[], set[int]]) -> None:
    with helpers(2):
        work = spread(slow_places, range(100), 2, worth=2, busy=True)
        found = set(work)
        assert HERE in found
        assert len(found - {HERE}) == 1
        assert found - {HERE} < children()
        assert set(spread(slow_places, range(100), 2, worth=2)) == children()


def test_heavy_work_is_inherited_where_a_fork_is_safe(children: Callable[[], set[int]]) -> None:
    with helpers(1):
        assert set(spread(slow_places, range(100), 2, worth=2, heavy=True)).isdisjoint(children())


def test_heavy_work_is_shared_with_a_helper_where_a_fork_is_not_safe() -> None:
    with helpers(2), ThreadPoolExecutor(1) as thread:
        done = set(
            thread.submit(lambda: list(spread(slow_places, range(100), 2, worth=2, heavy=True))).result()
        )
        assert HERE in done  # it takes part, as there is one core more than the helper's
        assert len(done) == 2


def test_helpers_are_free_when_nobody_wants_their_answers_any_more() -> None:
    with helpers(2):
        unwanted = spread(places, range(1000), 2, worth=2)
        assert set(spread(places, range(1000), 2, worth=2)) == {HERE}  # they are not free
        del unwanted
        assert HERE not in set(spread(places, range(1000), 2, worth=2))


def test_children_end_with_a_caller_that_wants_no_more(children: Callable[[], set[int]]) -> None:
    results = spread(large, range(5000), 3, worth=2)
    assert next(results) == "0" * 10_000
    results.close()  # type: ignore[attr-defined]
    assert children() == set()
