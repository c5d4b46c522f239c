"""Work on many items, spread over processes where that pays.

Markdown and YAML hold Python's global lock, so threads would not help.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import BinaryIO, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], Iterator[Result]]
"""Gives one result for each item, in the same order. The results have to be picklable."""

_LARGEST_PART = 256
"""Items whose results travel together; a child goes on with the next while the pipe has room."""

_ROOM = 1 << 20
"""Bytes that a pipe holds, the most that Linux grants to everybody."""


def spread(
    work: Work[Item, Result], items: Sequence[Item], processes: int, *, worth: int, busy: bool = False
) -> Iterator[Result]:
    """The results of the work, in the order of the items; few of them are in memory at a time.

    From ``worth`` items on, child processes begin at once; they do everything if the caller is
    ``busy`` with something else until it asks for the results. What a child that dies has left is
    done here, so what the work raises is raised to the caller.
    """
    if processes < 2 or len(items) < worth or not _may_fork():
        return work(items)
    size = min(_LARGEST_PART, -(-len(items) // (4 * processes)))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    hands = [_Child(work, parts[number::processes]) for number in range(0 if busy else 1, processes)]
    return _in_turn(work, parts, [*hands] if busy else [None, *hands])


def _in_turn(
    work: Work[Item, Result], parts: Sequence[Sequence[Item]], hands: Sequence[_Child[Item, Result] | None]
) -> Iterator[Result]:
    """The results of the parts; no child: this process does them."""
    try:
        for number, part in enumerate(parts):
            child = hands[number % len(hands)]
            done = child.next_part() if child else None
            yield from work(part) if done is None else done
    finally:
        for child in hands:
            if child:
                child.end()


def _may_fork() -> bool:
    """Whether a fork is safe: on Linux, while no other thread can hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


class _Child(Generic[Item, Result]):
    """A process at work on some parts, and the pipe that its answers come through."""

    def __init__(self, work: Work[Item, Result], parts: Sequence[Sequence[Item]]) -> None:
        reading, writing = os.pipe()
        _widen(writing)
        self._process = os.fork()
        if not self._process:
            _be_a_child(work, parts, reading, writing)
        os.close(writing)
        self._pipe: BinaryIO | None = os.fdopen(reading, "rb")

    def next_part(self) -> list[Result] | None:
        """The results of its next part; None once it has died."""
        import pickle

        if self._pipe is None:
            return None
        try:
            answer: list[Result] = pickle.load(self._pipe)  # noqa: S301 - written by our own child
            return answer
        except (EOFError, pickle.UnpicklingError):
            self.end()
            return None

    def end(self) -> None:
        """Ends it, whatever it is at: it only computes, and nobody waits for the rest."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def _be_a_child(
    work: Work[Item, Result], parts: Sequence[Sequence[Item]], reading: int, writing: int
) -> None:
    """Does the work and ends the process: no clean-up of the parent's may run, whatever happens."""
    import pickle

    try:
        os.close(reading)
        gc.disable()
        with os.fdopen(writing, "wb") as pipe:
            for part in parts:
                pickle.dump(list(work(part)), pipe, pickle.HIGHEST_PROTOCOL)
                pipe.flush()
    finally:
        os._exit(0)


def _widen(pipe: int) -> None:
    import fcntl

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
