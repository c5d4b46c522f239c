"""What this process did and whether it is alive: plain numbers, which cost next to nothing to keep.

Metrics are made of them when somebody asks. Labels are words of our own, never addresses, paths or replies:
there are only so many of each.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the buckets of every duration, in seconds; the last bucket has none."""

_INTERVALS = 3
"""A beat that is older than so many of its intervals did not happen."""

_LEAST = 15.0
"""Seconds before a beat can be too old, however short its interval."""

_LONGEST = 1800.0
"""Seconds that a beat may be at work without a sign of life: a reply to a final dot may take 600."""

_RATE_OVER = 15.0
"""Seconds that the rate is the mean of."""


@dataclass(slots=True)
class Duration:
    """How long something took, each time."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def note(self, seconds: float) -> None:
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    @property
    def count(self) -> int:
        return sum(self.buckets)


@dataclass(slots=True)
class Beat:
    """One of the jobs that the daemon does again and again."""

    interval: float
    last: float
    """When it ended, began or showed a sign of life."""
    at_work: int = 0

    def late(self, now: float) -> bool:
        """Whether it should have happened by now."""
        allowed = _LONGEST if self.at_work else max(_LEAST, _INTERVALS * self.interval)
        return now - self.last > allowed


class Vitals:
    """The figures of one process. Any thread may count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.counts: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        """Name of a metric → the values of its labels → how often."""
        self.durations: defaultdict[tuple[str, ...], Duration] = defaultdict(Duration)
        """Name of a metric and the values of its labels → how long."""
        self.requests: Counter[tuple[str, bytes]] = Counter()
        """Kind and status of HTTP requests; written by the loop that serves them alone."""
        self.open_connections = 0
        self.beats: dict[str, Beat] = {}
        self.draining = False
        """Whether it was told to stop."""
        self.doubt = ""
        """Why nothing is published, where the posts folder is not what it was."""
        self._sent: list[tuple[float, int]] = [(clock(), 0)]

    def count(self, name: str, *labels: str, number: int = 1) -> None:
        """Notes that something happened."""
        with self._lock:
            self.counts[name][labels] += number

    def took(self, seconds: float, *name: str) -> None:
        """Notes how long something took."""
        with self._lock:
            self.durations[name].note(seconds)

    @contextmanager
    def timed(self, *name: str) -> Iterator[None]:
        """Notes how long the block took, however it ends."""
        started = self._clock()
        try:
            yield
        finally:
            self.took(self._clock() - started, *name)

    def snapshot(self) -> tuple[dict[str, Counter[tuple[str, ...]]], dict[tuple[str, ...], Duration]]:
        """All that was counted and timed, of one moment."""
        with self._lock:
            counts = {name: Counter(labelled) for name, labelled in self.counts.items()}
            return counts, {n: Duration([*d.buckets], d.total) for n, d in self.durations.items()}

    # Beats ----------------------------------------------------------------------------------------

    def expect(self, beat: str, interval: float) -> None:
        """From now on this beat has to happen every so many seconds."""
        self.beats[beat] = Beat(interval, self._clock())

    @contextmanager
    def beating(self, beat: str) -> Iterator[None]:
        """The beat happens during the block."""
        mine = self.beats.get(beat) or Beat(0.0, 0.0)  # one that nobody waits for
        mine.at_work += 1
        mine.last = self._clock()
        try:
            with self.timed("beat", beat):
                yield
        finally:
            mine.at_work -= 1
            mine.last = self._clock()

    def alive(self, beat: str) -> None:
        """A beat that takes long shows that it comes on."""
        if beat in self.beats:
            self.beats[beat].last = self._clock()

    def ages(self) -> Mapping[str, float]:
        """Seconds since each beat showed a sign of life."""
        now = self._clock()
        return {name: now - beat.last for name, beat in self.beats.items()}

    def late(self) -> tuple[str, ...]:
        """The beats that should have happened by now; none while what is on the wire finishes."""
        if self.draining:
            return ()
        now = self._clock()
        return tuple(name for name, beat in self.beats.items() if beat.late(now))

    # Sending --------------------------------------------------------------------------------------

    def attempted(self, outcome: str, reply: str) -> None:
        """Notes what became of a message: ``sent``, ``deferred``, ``rejected``, ``refused``, ``unknown``."""
        self.count("attempts", outcome)
        if outcome == "deferred":
            self.count("deferred", reply_class(reply))
        self.alive("deliver")

    def rate(self) -> float:
        """Messages a second that were sent in the last quarter of a minute or so."""
        now = self._clock()
        with self._lock:
            sent = self.counts["attempts"][("sent",)]
            if now - self._sent[-1][0] >= 1:
                self._sent.append((now, sent))
            while len(self._sent) > 2 and self._sent[1][0] <= now - _RATE_OVER:
                self._sent.pop(0)
            since, before = self._sent[0]
        return (sent - before) / (now - since) if now > since else 0.0


_CODES = frozenset({"421", "450", "451", "452", "454", "455"})  # RFC 5321 §4.2.2, RFC 3207, RFC 4954


def reply_class(reply: str) -> str:
    """The code of a reply that puts a message off; ``other`` for a rare one, ``network`` where none came."""
    code = reply[:3]
    if code in _CODES:
        return code
    return "other" if code.isascii() and code.isdigit() else "network"
