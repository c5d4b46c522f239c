"""A ledger in memory that remembers everything, and notices every breach of the engine's promises."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from feeds.delivery.engine import Claim
from feeds.model.address import EmailAddress
from feeds.model.message import Envelope, Message, Outcome, Refused


def message(number: int, size: int = 300, recipient: str = "", domain: str = "example.test") -> Message:
    """A wire-ready message to reader ``number``."""
    local = recipient or f"reader{number}"
    head = (
        f"From: news@kawaraban.test\r\nTo: {local}@example.test\r\nSubject: issue\r\n"
        f"Message-ID: <i1.s{number}@kawaraban.test>\r\n\r\n"
    ).encode()
    line = b"QUJD" * 19 + b"\r\n"
    return Message(
        Envelope("bounce@kawaraban.test", EmailAddress(local, domain)),
        head + line * max(1, (size - len(head)) // len(line)),
    )


class MemoryLedger:
    def __init__(
        self, count: int, *, issue_of: Callable[[int], int] = lambda ref: 1, size: int = 300
    ) -> None:
        self.pending = deque(range(count))
        self.count = count
        self.outcomes: dict[int, Outcome] = {}
        self.standing: set[int] = set()
        self.unsubscribed: set[int] = set()
        self.paused: set[int] = set()
        self.built: list[int] = []
        self.commits = 0
        self.largest_commit = 0
        self.breaches: list[str] = []
        self.on_commit: Callable[[MemoryLedger], None] = lambda ledger: None
        self.issue_of = issue_of
        self.size = size
        self._threads: set[int] = set()

    def claim(self, limit: int) -> list[Claim[int]]:
        self._threads.add(threading.get_ident())
        taken = [self.pending.popleft() for _ in range(min(limit, len(self.pending)))]
        return [Claim(ref, self.issue_of(ref), lambda ref=ref: self._build(ref)) for ref in taken]

    def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
        self._threads.add(threading.get_ident())
        if len(self._threads) > 1:
            self.breaches.append("called from two threads")
        self.on_commit(self)
        for ref, outcome in outcomes:
            if ref not in self.standing:
                self.breaches.append(f"{ref} has an outcome without an intent")
            if ref in self.outcomes:
                self.breaches.append(f"{ref} has two outcomes")
            self.outcomes[ref] = outcome
            if isinstance(outcome, Refused):
                self.paused.add(self.issue_of(ref))
        for ref in intents:
            if ref in self.standing:
                self.breaches.append(f"{ref} has two intents")
        granted = {
            ref for ref in intents if ref not in self.unsubscribed and self.issue_of(ref) not in self.paused
        }
        self.standing |= granted
        self.commits += 1
        self.largest_commit = max(self.largest_commit, len(outcomes) + len(intents))
        return granted

    @property
    def in_doubt(self) -> set[int]:
        """Refs whose intent stands and whose outcome nobody recorded."""
        return self.standing - set(self.outcomes)

    def refs(self, kind: type[Outcome]) -> set[int]:
        return {ref for ref, outcome in self.outcomes.items() if isinstance(outcome, kind)}

    def _build(self, ref: int) -> Message:
        self.built.append(ref)
        return message(ref, self.size)
