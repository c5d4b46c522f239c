"""The other processes, which take parts of a piece of work and answer with their results."""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, TypeVar

from feeds.processes.tickets import Tickets, widen

Item = TypeVar("Item")
Result = TypeVar("Result")

Work = Callable[[Sequence[Item]], Iterator[Result]]
"""Gives one result for each item, in the same order. The results have to be picklable; for helpers,
the items and the work as well."""

Answer = tuple[int, list[Any] | None]
"""The number of a part and its results; None where the work raised something."""

_HEADER = 8
"""Bytes that tell how long a message is."""

_KEPT = 16 << 20
"""Bytes of answers that a process keeps while nobody reads them, beside those in the pipe."""


class Hand:
    """Another process, and the pipe that its answers come through."""

    def __init__(self, process: int, answers: int) -> None:
        self._process = process
        self.answers = answers
        self.at_work = False
        """Whether answers may come."""
        self._alive = True

    def receive(self) -> Answer | None:
        """Its next answer; None when it has no more of them, and once it has died."""
        try:
            answer: Answer | None = _read(self.answers)
        except (EOFError, OSError, pickle.UnpicklingError):
            self.end()
            return None
        self.at_work = answer is not None
        return answer

    def finish(self) -> None:
        """Called when nobody wants its answers any more."""
        self.end()

    def end(self) -> None:
        """Ends it, whatever it is at: it only computes, and nobody waits for the rest."""
        self.at_work = False
        if self._alive:
            self._alive = False
            os.close(self.answers)
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)


def next_answer(hands: Sequence[Hand], *, wait: bool) -> Answer | None:
    """An answer that has come from one of them; None if there is none, or with ``wait`` none to come."""
    while at_work := {hand.answers: hand for hand in hands if hand.at_work}:
        poll = select.poll()
        for answers in at_work:
            poll.register(answers, select.POLLIN)
        ready = poll.poll(None if wait else 0)
        if not ready:
            return None
        if (answer := at_work[ready[0][0]].receive()) is not None:
            return answer
    return None


class Child(Hand):
    """A process for one piece of work."""

    def __init__(self, work: Work[Item, Result], parts: Sequence[Sequence[Item]], tickets: Tickets) -> None:
        reading, writing = os.pipe()
        widen(writing)
        process = os.fork()
        if not process:
            with _childhood():
                gc.disable()  # it ends before there is much to collect
                os.close(reading)
                _work_off(work, parts, tickets, writing)
        os.close(writing)
        super().__init__(process, reading)
        self.at_work = True


class Helper(Hand):
    """A process that waits for pieces of work, one after another."""

    def __init__(self, tickets: Tickets) -> None:
        asked, asking = os.pipe()
        reading, writing = os.pipe()
        widen(asking)
        widen(writing)
        process = os.fork()
        if not process:
            with _childhood():
                gc.freeze()  # what it was born with is no garbage, and stays in pages that both share
                os.close(asking)
                os.close(reading)
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever it helps
                while True:
                    modules, work, parts = _read(asked)
                    for module in modules:
                        import_module(module)
                    if work is not None:
                        _work_off(work, parts, tickets, writing)
        os.close(asked)
        os.close(writing)
        super().__init__(process, reading)
        self._asking = asking

    def begin(self, work: Work[Item, Result], parts: Sequence[Sequence[Item]]) -> None:
        """Gives it work; its answers come by ``receive``."""
        self.at_work = self._alive
        self._ask((), work, parts)

    def load(self, modules: Sequence[str]) -> None:
        """Has it load modules, to which it gives no answer."""
        self._ask(modules, None, ())

    def _ask(
        self, modules: Sequence[str], work: Work[Item, Result] | None, parts: Sequence[Sequence[Item]]
    ) -> None:
        try:
            if self._alive:
                _write(self._asking, (modules, work, list(parts)))
        except OSError:
            self.end()

    def finish(self) -> None:
        """It goes on to wait; answers that nobody wants are read first."""
        while self.at_work:
            self.receive()

    def end(self) -> None:
        if self._alive:
            os.close(self._asking)
        super().end()


def _work_off(
    work: Work[Item, Result], parts: Sequence[Sequence[Item]], tickets: Tickets, answers: int
) -> None:
    """Does parts while there are some that nobody has begun; the last message says that there are none."""
    outbox = _Outbox(answers)
    while (number := tickets.take()) is not None:
        done: list[Result] | None = None
        with suppress(Exception):  # whoever asked does it again, and raises it where it can be handled
            done = list(work(parts[number]))
        outbox.put((number, done))
    outbox.put(None)
    outbox.flush()


class _Outbox:
    """Messages on their way into a pipe: work goes on while whoever reads has something else to do."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._waiting: deque[memoryview] = deque()

    def put(self, message: object) -> None:
        """Sends the message, or keeps it until there is room; waits only where much is kept already."""
        self._waiting.append(_packed(message))
        os.set_blocking(self._pipe, sum(map(len, self._waiting)) > _KEPT)
        with suppress(BlockingIOError):
            self._send()

    def flush(self) -> None:
        """Waits until everything is sent."""
        os.set_blocking(self._pipe, True)
        self._send()

    def _send(self) -> None:
        while self._waiting:
            first = self._waiting[0]
            while first:
                first = first[os.write(self._pipe, first) :]
                self._waiting[0] = first
            self._waiting.popleft()


def _packed(message: object) -> memoryview:
    """The message behind its length."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return memoryview(len(data).to_bytes(_HEADER, "little") + data)


def _write(pipe: int, message: object) -> None:
    waiting = _packed(message)
    while waiting:
        waiting = waiting[os.write(pipe, waiting) :]


def _read(pipe: int) -> Any:
    size = int.from_bytes(_exactly(pipe, _HEADER), "little")
    return pickle.loads(_exactly(pipe, size))  # noqa: S301 - written by our own process


def _exactly(pipe: int, size: int) -> bytes:
    chunks = []
    while size:
        chunk = os.read(pipe, size)
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


@contextmanager
def _childhood() -> Iterator[None]:
    """The life of another process: no clean-up of the parent's may run in it, whatever happens."""
    try:
        yield
    finally:
        os._exit(0)
