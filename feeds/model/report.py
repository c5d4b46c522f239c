"""What the verbs report: values that the command line prints and JSON carries."""

from __future__ import annotations

from datetime import datetime

from feeds.model.bounce import Receipt
from feeds.model.build_report import PublishReport, ScanReport
from feeds.model.issue import DeliveryState
from feeds.model.noun import dataclass
from feeds.model.post import Withheld


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that ``kawaraban check`` tells the owner."""

    severe: bool
    """True where it keeps a post, a feed or a mail from readers."""
    file: str
    line: int
    key: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    findings: tuple[Finding, ...]
    visible: int
    withheld: tuple[Withheld, ...]
    dialect: str
    categories: tuple[tuple[str, int], ...]
    """Label and number of visible posts, most first."""
    why: str = ""
    """By what one sees the dialect."""


@dataclass(frozen=True, slots=True)
class PlannedIssue:
    """An issue that would go out."""

    cadence: str
    period: str
    due: datetime
    readers: int
    posts: tuple[str, ...]
    """Titles of all posts that any of its readers would get."""
    more: int


@dataclass(frozen=True, slots=True)
class IssueSummary:
    """An issue and the count of its deliveries by state."""

    key: int
    cadence: str
    period: str
    due: datetime
    posts: int
    audience: int
    counts: dict[DeliveryState, int]
    state: str = "open"
    """``open``, ``paused``, ``cancelling``, and in the end ``finished`` or ``cancelled``."""
    trouble: str = ""
    """Why it was paused or cancelled."""
    bounced: int = 0
    """How many of its mails came back after they were sent."""
    complaints: int = 0

    @property
    def sent(self) -> int:
        return self.counts.get(DeliveryState.SENT, 0)

    @property
    def inflight(self) -> int:
        return self.counts.get(DeliveryState.INFLIGHT, 0)

    @property
    def waiting(self) -> int:
        """Those that were not sent and could still be."""
        return self.counts.get(DeliveryState.PENDING, 0) + self.counts.get(DeliveryState.DEFERRED, 0)


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One reader of an issue, and what became of it."""

    email: str
    state: DeliveryState
    attempts: int
    message_id: str
    reply: str
    bounce: str = ""
    """What was reported later: ``hard 5.1.1``, ``complaint abuse``."""


@dataclass(frozen=True, slots=True)
class TickReport:
    """What ``kawaraban tick`` did."""

    scan: ScanReport | None = None
    publish: PublishReport | None = None
    """Neither is there where another node does this for all."""
    composed: tuple[int, ...] = ()
    """Keys of the issues composed."""
    sent: int = 0
    deferred: int = 0
    rejected: int = 0
    unknown: int = 0
    notices: int = 0
    """Confirmation and welcome mails that were sent."""
    waiting: int = 0
    """Deliveries and notices that a later tick will try."""
    trouble: str = ""
    """Why the relay, or the folder of bounces, could not be used, or empty."""
    commits: int = 0
    standby: str = ""
    """Which other node scans, publishes and composes, or empty."""
    received: int = 0
    """Mails that came to the address for bounces."""


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """What the ledger and the outbox have to say to whoever watches them."""

    outcomes: dict[DeliveryState, int]
    """Deliveries that got this final state since somebody began to watch."""
    open: dict[DeliveryState, int]
    """Deliveries without a final state, of issues that have not ended."""
    issues: dict[str, int]
    oldest_issue: float
    """Seconds since the oldest issue that is being sent was composed; 0 where there is none."""
    notices: int
    """Notices that wait."""
    oldest_notice: float
    receipts: dict[Receipt, int]
    """Mails that came to the address for bounces, ever, by what became of them."""
    copy: bool
    """Whether the database is a copy, which mails nobody until its owner takes it into use."""
