"""The judge: what arrived against what the ledger says."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.faults.sink import Mail

OPEN = frozenset({"pending", "inflight", "deferred"})
MAY_HAVE_IT = frozenset({"sent", "unknown", "inflight"})


@dataclass(frozen=True)
class Row:
    """A delivery, as the ledger has it."""

    issue: int
    subscriber: int
    state: str
    attempts: int
    doubts: int
    email: str
    """Empty once the reader was erased."""
    message_id: str

    @property
    def doubtful(self) -> bool:
        """Whether nobody knows of some attempt whether it arrived."""
        return self.doubts > 0 or self.state in {"unknown", "inflight"}


@dataclass(frozen=True)
class Book:
    """The ledger of some issues at one moment."""

    rows: Sequence[Row]
    audiences: dict[int, int]
    """By issue: how many readers were frozen with it."""
    finished: frozenset[int]
    """Issues that the ledger calls finished."""


@dataclass
class Verdict:
    """What the judge found; no complaint means that the contract held."""

    messages: int = 0
    lost: int = 0
    duplicated: int = 0
    unknown: int = 0
    kills: int = 0
    complaints: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        if not holds and otherwise not in self.complaints:
            self.complaints.append(otherwise)

    def add(self, other: Verdict) -> None:
        """Counts another verdict of the same case in."""
        self.messages += other.messages
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.unknown += other.unknown
        self.kills += other.kills
        self.complaints += other.complaints
        self.notes += other.notes


def judge(
    book: Book, mails: Iterable[Mail], *, ended: bool = True, taken_and_refused: bool = False
) -> Verdict:
    """Holds the ledger against what arrived.

    ``ended``: nothing may be left to send. ``taken_and_refused``: the receiver kept messages whose final
    dot it answered by an error.
    """
    arrived: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        arrived[mail.message_id].append(mail)
    rows = {row.message_id: row for row in book.rows}
    verdict = Verdict(messages=len(book.rows))
    verdict.expect(len(rows) == len(book.rows), "two deliveries have the same Message-ID")
    _balance(book, verdict, ended=ended)
    for identity, copies in arrived.items():
        row = rows.get(identity)
        if row is None:
            verdict.expect(False, "a mail arrived that no delivery stands for")
            continue
        _one(row, copies, verdict, taken_and_refused=taken_and_refused)
    for row in book.rows:
        here = row.message_id in arrived
        verdict.lost += (row.state == "sent" and not here) or (ended and row.state in OPEN)
        verdict.unknown += row.state == "unknown"
    verdict.expect(not verdict.lost, f"{verdict.lost} lost")
    return verdict


def _balance(book: Book, verdict: Verdict, *, ended: bool) -> None:
    """I5: the ledger has as many rows as there were readers, and ends when they all have an end."""
    numbers = Counter(row.issue for row in book.rows)
    still_open = {row.issue for row in book.rows if row.state in OPEN}
    for issue, audience in book.audiences.items():
        missing = audience - numbers[issue]
        verdict.lost += max(missing, 0)
        verdict.expect(missing == 0, f"issue {issue} has {numbers[issue]} rows for {audience} readers")
        verdict.expect(issue not in book.finished & still_open, f"issue {issue} ended with open deliveries")
        verdict.expect(not ended or issue in book.finished, f"issue {issue} did not end")


def _one(row: Row, copies: list[Mail], verdict: Verdict, *, taken_and_refused: bool) -> None:
    """I2, I3, I6 for one delivery that arrived."""
    extra = len(copies) - 1
    verdict.duplicated += extra
    if not taken_and_refused:
        verdict.expect(row.doubtful or extra == 0, "a delivery that was never in doubt arrived twice")
        chances = row.doubts + (row.state in {"sent", "inflight"})
        verdict.expect(len(copies) <= max(chances, 1), "more copies than attempts in doubt")
        never = f"a mail arrived for a delivery that is {row.state} and was never in doubt"
        verdict.expect(row.state in MAY_HAVE_IT or row.doubts > 0, never)
    verdict.expect(len({mail.content for mail in copies}) == 1, "copies of a mail differ")
    wrong = any(mail.recipient != row.email for mail in copies) and row.email
    verdict.expect(not wrong, "a mail arrived at the wrong reader")


def judge_after_kill(book: Book, mails: Iterable[Mail], *, connections: int) -> Verdict:
    """What has to hold between a crash and the next start: I6, and no more in doubt than connections."""
    verdict = judge(book, mails, ended=False)
    inflight = sum(1 for row in book.rows if row.state == "inflight")
    verdict.expect(inflight <= connections, f"{inflight} deliveries in flight over {connections} connections")
    return verdict
