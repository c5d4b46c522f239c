"""How a send comes on: a bar on a terminal, plain lines in a pipe, an object a line as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from feeds.cli.output import printable
from feeds.cli.summary import summary_line
from feeds.errors import KawarabanError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from feeds.model.report import IssueSummary
    from feeds.service import Service

Look = Callable[[], "IssueSummary"]

_OFTEN = 0.5
"""Seconds between two looks on a terminal."""

_SELDOM = 2.0
"""The same where each look is a line that is kept."""

_SHARE = 20
"""A look may take one part in so many of the time."""

_REMEMBERED = 15.0
"""Seconds that a rate is the mean of."""


@dataclass
class Pace:
    """How quickly deliveries are settled, and how long those that are left will take."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, moment: float, done: int) -> None:
        """At this moment (in seconds, of a clock that never goes back) so many were settled."""
        self._seen.append((moment, done))
        while len(self._seen) > 2 and self._seen[1][0] <= moment - _REMEMBERED:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        return (now - before) / (last - first) if last > first else 0.0

    def left(self, number: int) -> float | None:
        """Seconds until so many more are settled; None where nothing moves."""
        return number / self.rate if self.rate else None


@dataclass
class Followed:
    """An issue that is being watched."""

    look: Look
    pace: Pace = field(default_factory=Pace)
    issue: IssueSummary | None = None

    def again(self) -> IssueSummary:
        """Looks, and notes the pace."""
        self.issue = self.look()
        self.pace.note(time.monotonic(), done(self.issue))
        return self.issue

    @property
    def goes_on(self) -> bool:
        return self.issue is None or self.issue.state in ("open", "cancelling")


def done(issue: IssueSummary) -> int:
    """Deliveries with a final state."""
    return sum(issue.counts.values()) - issue.inflight - issue.waiting


def follow(looks: Sequence[Look], *, as_json: bool) -> int:
    """Shows the issues until each has ended; 1 if one was paused."""
    followed = [Followed(look) for look in looks]
    if as_json or not sys.stdout.isatty():
        _in_lines(followed, _say_json if as_json else _say_line)
    elif followed:
        _in_bars(followed)
    return int(any(one.issue is not None and one.issue.state == "paused" for one in followed))


def _in_lines(followed: Sequence[Followed], say: Callable[[Followed], None]) -> None:
    going = list(followed)
    while going:
        started = time.monotonic()
        for one in going:
            one.again()
            say(one)
        going = [one for one in going if one.goes_on]
        if going:
            _rest(started, _SELDOM)


def _rest(started: float, usual: float) -> None:
    time.sleep(max(usual, _SHARE * (time.monotonic() - started)))


def _say_line(one: Followed) -> None:
    assert one.issue is not None
    pace = f"; {_pace(one)}" if one.goes_on else ""
    click.echo(printable(summary_line(one.issue)) + pace)
    sys.stdout.flush()


def _say_json(one: Followed) -> None:
    from feeds.cli.reports import progress_json

    assert one.issue is not None
    left = one.pace.left(one.issue.inflight + one.issue.waiting)
    click.echo(json.dumps(progress_json(one.issue, one.pace.rate, left), ensure_ascii=False))
    sys.stdout.flush()


def _pace(one: Followed) -> str:
    """``3,900/s, 1:02 left``."""
    assert one.issue is not None
    rate = one.pace.rate
    seconds = one.pace.left(one.issue.inflight + one.issue.waiting)
    if seconds is None:
        return "nothing moves"
    minutes, rest = divmod(round(seconds), 60)
    left = f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    return f"{rate:,.1f}/s, {left} left" if rate < 10 else f"{rate:,.0f}/s, {left} left"


# On a terminal -----------------------------------------------------------------------------------


def _in_bars(followed: Sequence[Followed]) -> None:
    with Bars() as bars:
        going = list(followed)
        while going:
            started = time.monotonic()
            for one in going:
                one.again()
                bars.show(one)
            going = [one for one in going if one.goes_on]
            if going:
                _rest(started, _OFTEN)


async def show_under_way(service: Service, stop: asyncio.Event) -> None:
    """Shows what a daemon sends, at the foot of the terminal that its log goes to, until ``stop`` is set."""
    from rich.console import Console

    followed: dict[int, Followed] = {}
    with Bars(Console(stderr=True)) as bars:
        while not stop.is_set():
            started = time.monotonic()
            with suppress(KawarabanError):  # whoever sends will say it
                await asyncio.to_thread(_look_around, service, followed)
            for key, one in list(followed.items()):
                bars.show(one)
                if not one.goes_on:
                    bars.drop(key)
                    del followed[key]
            with suppress(TimeoutError):
                spent = time.monotonic() - started
                await asyncio.wait_for(stop.wait(), max(2 * _OFTEN, _SHARE * spent))


def _look_around(service: Service, followed: dict[int, Followed]) -> None:
    for key in service.under_way():
        if key not in followed:
            followed[key] = Followed(service.tally(key))
    for one in followed.values():
        one.again()


class Bars:
    """A bar for each issue at the foot of a terminal, until it has ended."""

    def __init__(self, console: Console | None = None) -> None:
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._progress: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[numbers]}", markup=False),
            console=console,
            auto_refresh=False,
            expand=True,
        )
        self._tasks: dict[int, TaskID] = {}

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, one: Followed) -> None:
        """Draws what was seen last."""
        issue = one.issue
        assert issue is not None
        if issue.key not in self._tasks:
            name = f"issue {issue.key} ({issue.cadence})"
            self._tasks[issue.key] = self._progress.add_task(name, total=issue.audience, numbers="")
        told = [f"{issue.sent:,} sent"]
        told += [f"{n:,} {state}" for state, n in issue.counts.items() if n and state in _WORTH_TELLING]
        told.append(_pace(one) if one.goes_on else issue.state)
        self._progress.update(self._tasks[issue.key], completed=done(issue), numbers=", ".join(told))
        self._progress.refresh()

    def drop(self, issue: int) -> None:
        """Leaves the bar of an issue that has ended behind."""
        if issue in self._tasks:
            self._progress.update(self._tasks.pop(issue), visible=False)
            self._progress.refresh()


_WORTH_TELLING = frozenset({"deferred", "rejected", "suppressed", "cancelled", "unknown"})
