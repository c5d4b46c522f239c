"""Work on many items, spread over processes where that pays.

Markdown, YAML and XML hold Python's global lock, so threads would not help. Helpers wait for one piece
of work after another. A daemon starts them before its first thread, since a fork copies the locks of
threads as they stand; a first build starts them before it has loaded anything, as a fork is quick then.
Any other command forks children for a piece of work, if one comes that is large enough.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import BinaryIO, Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], Iterator[Result]]
"""Gives one result for each item, in the same order. The results have to be picklable; for helpers,
the items and the work as well."""

_LARGEST_PART = 256
"""Items whose results travel together; a child goes on with the next while the pipe has room."""

_ROOM = 1 << 20
"""Bytes that a pipe holds, the most that Linux grants to everybody."""


def spread(
    work: Work[Item, Result], items: Sequence[Item], processes: int, *, worth: int, busy: bool = False
) -> Iterator[Result]:
    """The results of the work, in the order of the items; few of them are in memory at a time.

    From ``worth`` items on, other processes begin at once; they do everything if the caller is
    ``busy`` with something else until it asks for the results, or if there is a helper for each of
    the ``processes``. What a process that dies has left is done here, so what the work raises is
    raised to the caller.
    """
    if processes < 2 or len(items) < worth:
        return work(items)
    size = min(_LARGEST_PART, -(-len(items) // (4 * processes)))
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    if _helpers:
        here = not busy and len(_helpers) < processes
        return _by_helpers(work, parts, here=here) if _in_use.acquire(blocking=False) else work(items)
    if not _may_fork():
        return work(items)
    own = 0 if busy else 1
    hands: list[_Process | None] = [None] * own
    hands += [_Child(work, parts[number::processes]) for number in range(own, processes)]
    return _in_turn(work, parts, hands)


def _by_helpers(work: Work[Item, Result], parts: Sequence[Sequence[Item]], *, here: bool) -> Iterator[Result]:
    """The results of the parts, by the helpers, which nobody else uses, and perhaps ``here`` as well."""
    hands: list[_Helper | None] = [None] if here else []
    hands += _helpers

    def answers() -> Iterator[Result | None]:
        try:
            for number, helper in enumerate(hands):
                if helper:
                    helper.begin(work, parts[number :: len(hands)])
            yield None
            yield from _in_turn(work, parts, hands)
        finally:
            _in_use.release()

    begun = answers()
    next(begun)  # the helpers are at work, and a caller that drops the results gives them free
    return cast("Iterator[Result]", begun)


def _in_turn(
    work: Work[Item, Result], parts: Sequence[Sequence[Item]], hands: Sequence[_Process | None]
) -> Iterator[Result]:
    """The results of the parts; no process: this one does them."""
    try:
        for number, part in enumerate(parts):
            hand = hands[number % len(hands)]
            done: list[Result] | None = hand.next_part() if hand else None
            yield from work(part) if done is None else done
    finally:
        for hand in hands:
            if hand:
                hand.finish()


def prepare(*modules: str) -> None:
    """Has the helpers load these modules as soon as they have nothing else to do."""
    for helper in _helpers:
        helper.load(modules)


def _may_fork() -> bool:
    """Whether a fork is safe: on Linux, while no other thread can hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


class _Process:
    """Another process, and the pipe that its answers come through."""

    def __init__(self, process: int, answers: BinaryIO) -> None:
        self._process = process
        self._answers: BinaryIO | None = answers

    def next_part(self) -> list[Result] | None:
        """The results of its next part; None where the work raised something, and once it has died."""
        if self._answers is None:
            return None
        try:
            answer: list[Result] | None = pickle.load(self._answers)  # noqa: S301 - written by our own process
            return answer
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            return None

    def finish(self) -> None:
        """Called when nobody wants its answers any more."""
        self.end()

    def end(self) -> None:
        """Ends it, whatever it is at: it only computes, and nobody waits for the rest."""
        if self._answers is not None:
            self._answers.close()
            self._answers = None
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


class _Child(_Process, Generic[Item, Result]):
    """A process for some parts of one piece of work."""

    def __init__(self, work: Work[Item, Result], parts: Sequence[Sequence[Item]]) -> None:
        reading, writing = os.pipe()
        _widen(writing)
        process = os.fork()
        if not process:
            with _childhood(), os.fdopen(writing, "wb") as answers:
                gc.disable()  # it ends before there is much to collect
                os.close(reading)
                _answer(work, parts, answers)
        os.close(writing)
        super().__init__(process, os.fdopen(reading, "rb"))


class _Helper(_Process):
    """A process that waits for pieces of work, one after another."""

    def __init__(self) -> None:
        asked, asking = os.pipe()
        reading, writing = os.pipe()
        _widen(asking)
        _widen(writing)
        process = os.fork()
        if not process:
            with _childhood(), os.fdopen(asked, "rb") as requests, os.fdopen(writing, "wb") as answers:
                os.close(asking)
                os.close(reading)
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever it helps
                while True:
                    modules, work, parts = pickle.load(requests)  # noqa: S301 - written by our own process
                    for module in modules:
                        import_module(module)
                    _answer(work, parts, answers)
        os.close(asked)
        os.close(writing)
        super().__init__(process, os.fdopen(reading, "rb"))
        self._requests = os.fdopen(asking, "wb")
        self._left = 0

    def begin(self, work: Work[Item, Result], parts: Sequence[Sequence[Item]]) -> None:
        """Gives it work; its answers come by ``next_part``."""
        self._left = len(parts)
        self._ask((), work, parts)

    def load(self, modules: Sequence[str]) -> None:
        """Has it load modules, to which it gives no answer."""
        self._ask(modules, None, ())

    def _ask(
        self, modules: Sequence[str], work: Work[Item, Result] | None, parts: Sequence[Sequence[Item]]
    ) -> None:
        try:
            if self._answers is not None:
                self._requests.write(pickle.dumps((modules, work, list(parts)), pickle.HIGHEST_PROTOCOL))
                self._requests.flush()
        except OSError:
            self.end()

    def next_part(self) -> list[Result] | None:
        self._left -= 1
        return super().next_part()

    def finish(self) -> None:
        """It goes on to wait; answers that nobody wants are read first."""
        while self._left > 0:
            self.next_part()

    def end(self) -> None:
        with suppress(OSError):
            self._requests.close()
        super().end()


_helpers: list[_Helper] = []
_in_use = threading.Lock()


@contextmanager
def helpers(count: int) -> Iterator[None]:
    """Keeps that many processes ready during the block, where a fork is safe.

    To be entered before a file is locked: they would hold the lock as well.
    """
    if _may_fork():
        _helpers.extend(_Helper() for _ in range(count))
    try:
        yield
    finally:
        for helper in _helpers:
            helper.end()
        _helpers.clear()


def _answer(work: Work[Item, Result], parts: Sequence[Sequence[Item]], answers: BinaryIO) -> None:
    for part in parts:
        done: list[Result] | None = None
        with suppress(Exception):  # whoever asked does it again, and raises it where it can be handled
            done = list(work(part))
        pickle.dump(done, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


@contextmanager
def _childhood() -> Iterator[None]:
    """The life of another process: no clean-up of the parent's may run in it, whatever happens."""
    try:
        yield
    finally:
        os._exit(0)


def _widen(pipe: int) -> None:
    import fcntl

    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
