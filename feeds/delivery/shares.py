"""How the connections of a run are shared out among several relays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Claimant:
    """A relay that may have connections."""

    weight: int
    most: int
    """How many it may have; 0 while it is given up."""


def shares(total: int, relays: Sequence[Claimant]) -> list[int]:
    """How many connections each relay has: one at least where there are enough, and the rest by weight.

    No relay has more than it may, and what one cannot have goes to the others.
    """
    given = [0] * len(relays)
    for _ in range(total):
        open_ = [index for index, relay in enumerate(relays) if given[index] < relay.most]
        if not open_:
            break
        # The one that is furthest behind its weight; those without any come first.
        chosen = min(open_, key=lambda i: (given[i] > 0, Fraction(given[i] + 1, relays[i].weight), i))
        given[chosen] += 1
    return given
