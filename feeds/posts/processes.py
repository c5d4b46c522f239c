"""Work on many items, spread over processes where that pays.

Markdown and YAML hold Python's global lock, so threads would not help.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], Iterator[Result]]
"""Gives one result for each item, in the same order. The results have to be picklable."""


def spread(
    work: Work[Item, Result], items: Sequence[Item], processes: int, *, worth: int, busy: bool = False
) -> Iterator[Result]:
    """The results of the work, in the order of the items.

    From ``worth`` items on, child processes begin at once; they do everything if the caller is
    ``busy`` with something else until it asks for the results. The part of a child that dies is
    done here, so what the work raises is raised to the caller.
    """
    if processes < 2 or len(items) < worth or not _may_fork():
        return work(items)
    share = -(-len(items) // processes)
    parts = [items[start : start + share] for start in range(0, len(items), share)]
    own = [] if busy else parts.pop(0)
    return _gather(work, own, [(part, *_fork(work, part)) for part in parts])


def _gather(
    work: Work[Item, Result], own: Sequence[Item], children: list[tuple[Sequence[Item], int, int]]
) -> Iterator[Result]:
    yield from work(own)
    for part, child, pipe in children:
        yield from _collect(child, pipe) or work(part)


def _may_fork() -> bool:
    """Whether a fork is safe: on Linux, while no other thread can hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


def _fork(work: Work[Item, Result], items: Sequence[Item]) -> tuple[int, int]:
    """Begins the work in a child; its process id, and the pipe that its answer comes through."""
    import pickle

    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:  # in the child: no clean-up of the parent's may run, whatever happens
        os.close(reading)
        gc.disable()
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(list(work(items)), pipe, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)


def _collect(child: int, reading: int) -> list[Result]:
    """What the child gave; empty if it died on the way."""
    import pickle

    try:
        with os.fdopen(reading, "rb") as pipe:
            answer: list[Result] = pickle.load(pipe)  # noqa: S301 - written by our own child
            return answer
    except (EOFError, pickle.UnpicklingError):
        return []
    finally:
        os.waitpid(child, 0)
