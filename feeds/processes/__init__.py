"""Work on many items, spread over processes where that pays.

::

    tickets.py   which parts of a piece of work nobody has begun
    hands.py     the other processes: children for one piece of work, helpers for one after another

Markdown, YAML and XML hold Python's global lock, so threads would not help. A daemon starts helpers before
its first thread, since a fork copies the locks of threads as they stand; a first build starts them before
it has loaded anything, as a fork is quick then. Any other command forks children for a piece of work, if
one comes that is large enough. Whoever has nothing else to do takes the next part, this process among them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast

from feeds.processes.hands import Child, Hand, Helper, Work, next_answer
from feeds.processes.tickets import Tickets

__all__ = ["Work", "helpers", "prepare", "spread"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_LARGEST_PART = 256
"""Items whose results travel together."""

_PARTS = 16
"""Of a piece of work for each process, so that all of them end at about the same time."""


def spread(
    work: Work[Item, Result],
    items: Sequence[Item],
    processes: int,
    *,
    worth: int,
    heavy: bool = False,
    busy: bool = False,
) -> Iterator[Result]:
    """The results of the work, in the order of the items; few of them are in memory at a time.

    From ``worth`` items on, other processes begin at once, and this one takes part when it asks for
    the results, unless a helper is at it for each of the ``processes``. ``heavy`` work is large: it is
    inherited by a fork where one is safe, else sent to no more helpers than this process needs beside it.
    ``busy``: this process has something else to do meanwhile, and a core is left to it. What a process
    that dies has left is done here, so what the work raises is raised to the caller.
    """
    if processes < 2 or len(items) < worth:
        return work(items)
    size = min(_LARGEST_PART, -(-len(items) // (_PARTS * processes)))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    if _helpers and not (heavy and _may_fork()):
        if not _in_use.acquire(blocking=False):
            return work(items)
        return _by_helpers(work, parts, processes, _helpers[: processes - 1] if busy or heavy else _helpers)
    return _by_children(work, parts, processes) if _may_fork() else work(items)


def _by_helpers(
    work: Work[Item, Result], parts: Sequence[Sequence[Item]], processes: int, hands: Sequence[Helper]
) -> Iterator[Result]:
    """The results of the parts; the helpers are this caller's until it has them all, or drops them."""
    _tickets[0].give(len(parts))
    for helper in hands:
        helper.begin(work, parts)
    here = len(hands) < processes
    return _begun(_gathered(work, parts, hands, _tickets[0], here=here, at_end=_in_use.release))


def _by_children(
    work: Work[Item, Result], parts: Sequence[Sequence[Item]], processes: int
) -> Iterator[Result]:
    tickets = Tickets()
    tickets.give(len(parts))
    children = [Child(work, parts, tickets) for _ in range(processes - 1)]
    return _begun(_gathered(work, parts, children, tickets, here=True, at_end=tickets.close))


def _begun(gathered: Iterator[Result | None]) -> Iterator[Result]:
    """A generator that has begun: only such a one cleans up when its caller drops it."""
    next(gathered)
    return cast("Iterator[Result]", gathered)


def _gathered(
    work: Work[Item, Result],
    parts: Sequence[Sequence[Item]],
    hands: Sequence[Hand],
    tickets: Tickets,
    *,
    here: bool,
    at_end: Callable[[], None],
) -> Iterator[Result | None]:
    """None, and the results of the parts in their order; ``here``: this process does some of them."""
    done: dict[int, list[Result] | None] = {}
    try:
        yield None
        for number, part in enumerate(parts):
            while number not in done:
                answer = next_answer(hands, wait=False)
                if answer is None and here and (taken := tickets.take()) is not None:
                    answer = taken, list(work(parts[taken]))
                # Nobody is left to answer where all of them have died.
                answered, results = answer or next_answer(hands, wait=True) or (number, None)
                done[answered] = results
            results = done.pop(number)
            yield from work(part) if results is None else results
    finally:
        tickets.withdraw()
        for hand in hands:
            hand.finish()
        at_end()


def prepare(*modules: str) -> None:
    """Has the helpers load these modules as soon as they have nothing else to do."""
    for helper in _helpers:
        helper.load(modules)


def _may_fork() -> bool:
    """Whether a fork is safe: on Linux, while no other thread can hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


_helpers: list[Helper] = []
_tickets: list[Tickets] = []
"""Those of the helpers."""
_in_use = threading.Lock()


@contextmanager
def helpers(count: int) -> Iterator[None]:
    """Keeps that many processes ready during the block, where a fork is safe.

    To be entered before a file is locked: they would hold the lock as well.
    """
    if count and _may_fork():
        _tickets.append(Tickets())
        _helpers.extend(Helper(_tickets[0]) for _ in range(count))
    try:
        yield
    finally:
        for helper in _helpers:
            helper.end()
        for tickets in _tickets:
            tickets.close()
        _helpers.clear()
        _tickets.clear()
