"""A service that answers from memory, so that the command line is judged alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from feeds.config import load
from feeds.errors import ConfigurationError, UsageError
from feeds.model.address import EmailAddress
from feeds.model.build_report import BuildReport, PublishReport, ScanReport
from feeds.model.issue import DeliveryState
from feeds.model.post import Problem, Withheld
from feeds.model.report import (
    CheckReport,
    DeliveryLine,
    Finding,
    IssueSummary,
    PlannedIssue,
    TickReport,
)
from feeds.model.subscriber import EVERYTHING, Cadence, Subscriber, SubscriberState, Subscription, Topic

MORNING = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
SCAN = ScanReport(
    new=1,
    changed=2,
    unchanged=3,
    gone=4,
    visible=6,
    withheld=(Withheld("draft.md", "f", "draft"),),
    problems=(Problem("bad.md", "f", 3, "date", "no date"),),
    mailable=1,
    held=(),
)
PUBLISH = PublishReport(written=("feeds/all.json",), unchanged=("feeds/all.rss.xml",))


@dataclass
class Memory:
    """What the next service answers, and what the last ones were asked."""

    findings: tuple[Finding, ...] = ()
    trouble: str = ""
    planned: tuple[PlannedIssue, ...] = ()
    error: BaseException | None = None
    readers: dict[str, Subscriber] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)
    now: datetime | None = None
    closed: int = 0


class Service:
    memory: ClassVar[Memory] = Memory()

    def __init__(self, config_path: Path) -> None:
        self.config = load(config_path)

    @classmethod
    def open(cls, config_path: Path, *, now: datetime | None = None, ahead: None = None) -> Service:
        cls.memory.now = now
        return cls(config_path)

    def close(self) -> None:
        self.memory.closed += 1

    def _ask(self, verb: str, what: Any = None) -> None:
        self.memory.asked.append((verb, what))
        if self.memory.error:
            raise self.memory.error

    def build(self, *, replace: bool = False, announce: bool = True, withdraw: bool = False) -> BuildReport:
        self._ask("build", replace)
        return BuildReport(SCAN, PUBLISH, 0.1234)

    def check(self) -> CheckReport:
        self._ask("check")
        return CheckReport(self.memory.findings, 6, SCAN.withheld, "jekyll", (("AI", 6),))

    def why_no_mail(self) -> str:
        return ""

    def plan(self) -> tuple[PlannedIssue, ...]:
        return self.memory.planned

    def tick(self, *, progress: Any) -> TickReport:
        self._ask("tick")
        progress("sending issue 7")
        trouble = self.memory.trouble
        return TickReport(SCAN, PUBLISH, (7,), 2, 0, 1, 0, 1, 3 if trouble else 0, trouble, 5)

    def issues(self) -> tuple[IssueSummary, ...]:
        counts = {DeliveryState.SENT: 2, DeliveryState.REJECTED: 1}
        return (IssueSummary(7, "weekly", "2026-W48", MORNING, 10, 3, counts),)

    def issue(self, key: int) -> IssueSummary:
        if key != 7:
            raise UsageError(f"there is no issue {key}")
        return self.issues()[0]

    def pause(self, issue: int, reason: str) -> IssueSummary:
        self._ask("pause", (issue, reason))
        counts = {DeliveryState.SENT: 600, DeliveryState.INFLIGHT: 2, DeliveryState.PENDING: 398}
        return IssueSummary(7, "weekly", "2026-W48", MORNING, 10, 1000, counts, "paused", reason)

    def still_bringing(self, posts: Sequence[str]) -> dict[int, tuple[str, int]]:
        return {7: ("open", 3)} if "p.md" in posts else {}

    def deliveries(self, issue: int, states: Sequence[DeliveryState]) -> tuple[DeliveryLine, ...]:
        if states and DeliveryState.SENT not in states:
            return ()
        return (DeliveryLine("a@example.org", DeliveryState.SENT, 1, "<1@example.org>", "250 ok\x1b[2J"),)

    def hold(self, posts: Sequence[str]) -> tuple[str, ...]:
        self._ask("hold", tuple(posts))
        self.memory.held += posts
        return tuple(posts)

    def release(self, posts: Sequence[str]) -> tuple[str, ...]:
        self._ask("release", tuple(posts))
        return tuple(posts)

    def held(self) -> tuple[str, ...]:
        return tuple(self.memory.held)

    def test_send(self, email: EmailAddress, topics: Sequence[str]) -> str:
        self._ask("test_send", (str(email), tuple(topics)))
        return "250 ok"

    def add_subscriber(
        self,
        email: EmailAddress,
        *,
        name: str = "",
        topics: Sequence[str] = (),
        cadence: Cadence | None = None,
        language: str | None = None,
        confirmed: bool = False,
    ) -> tuple[str, tuple[str, ...]]:
        self._ask("add", (str(email), name, tuple(topics), cadence, language, confirmed))
        state = SubscriberState.CONFIRMED if confirmed else SubscriberState.PENDING
        chosen = tuple(Topic(slug, 0) for slug in topics or (EVERYTHING,))
        choice = Subscription(chosen, cadence or Cadence.WEEKLY, language or "ja", 7, 0, "Asia/Tokyo")
        key = len(self.memory.readers)
        self.memory.readers[str(email)] = Subscriber(key, email, name, state, choice, 0, None, 0, MORNING)
        warnings = tuple(f"no post has the category {topic!r} yet" for topic in topics if topic == "nothing")
        return "added" if confirmed else "confirmation sent", warnings

    def subscribers(self) -> Iterator[Subscriber]:
        yield from self.memory.readers.values()

    def subscriber(self, email: EmailAddress) -> Subscriber | None:
        return self.memory.readers.get(str(email))

    def suppression(self, email: EmailAddress) -> None:
        return None

    def remove_subscriber(self, email: EmailAddress) -> bool:
        return self.memory.readers.pop(str(email), None) is not None


UNUSABLE = ConfigurationError(
    "/x/kawaraban.toml:3: site.url: 'x' is not an absolute URL\n/x/kawaraban.toml: no such"
)


def read_ahead(config_path: Path) -> nullcontext[None]:
    return nullcontext()
