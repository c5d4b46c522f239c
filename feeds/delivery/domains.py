"""Claims in their order, but never more under way to one domain than it may have.

A provider that gets half of all mail would otherwise see every connection at once, and answer with 421.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import Generic

from feeds.delivery.ledger import Claim, Ref


class DomainQueue(Generic[Ref]):
    """A queue of claims. What was taken is under way until it is done or given back."""

    def __init__(self, most: int = 0) -> None:
        """At most so many are under way to one domain; 0 is no limit."""
        self._most = most
        self._ready: deque[Claim[Ref]] = deque()
        self._held: dict[str, deque[Claim[Ref]]] = {}
        """Claims that had their turn while their domain had all that it may have."""
        self._under_way: Counter[str] = Counter()
        self._waiting = 0

    def __len__(self) -> int:
        """How many were not taken, whether they may be or not."""
        return len(self._ready) + self._waiting

    @property
    def ready(self) -> int:
        """How many had no turn yet: of these, ``take`` finds one whose domain has room, or none."""
        return len(self._ready)

    def extend(self, claims: Iterable[Claim[Ref]]) -> None:
        self._ready.extend(claims)

    def take(self) -> Claim[Ref] | None:
        """The first claim whose domain may have one more; None where there is none at hand."""
        while self._ready:
            claim = self._ready.popleft()
            if not self._most:
                return claim
            if self._under_way[claim.domain] < self._most:
                self._under_way[claim.domain] += 1
                return claim
            self._held.setdefault(claim.domain, deque()).append(claim)
            self._waiting += 1
        return None

    def give_back(self, claim: Claim[Ref]) -> None:
        """Puts a claim at the head that was taken and not begun."""
        self.done(claim)
        self._ready.appendleft(claim)

    def done(self, claim: Claim[Ref]) -> bool:
        """Makes room for the next one to the domain of a claim that was taken; tells whether one waited."""
        if not self._most:
            return False
        domain = claim.domain
        self._under_way[domain] -= 1
        if not self._under_way[domain]:
            del self._under_way[domain]
        held = self._held.get(domain)
        if not held:
            return False
        self._ready.appendleft(held.popleft())
        self._waiting -= 1
        if not held:
            del self._held[domain]
        return True
