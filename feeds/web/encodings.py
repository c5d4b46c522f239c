"""Accept-Encoding: in which coding a client wants its answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

IDENTITY = "identity"


def wanted(header: str, offered: Sequence[str]) -> str:
    """The coding to answer with: the client's best, of equals the first in ``offered``, else identity.

    A client that forbids identity as well gets it all the same where there is nothing else: an answer
    that it may throw away is more than none (RFC 9110 §12.5.3).
    """
    weights = _weights(header)
    anything = weights.get("*", 0.0)
    # Identity is acceptable without being named; what is named then is meant to be better.
    best, most = IDENTITY, weights.get(IDENTITY, 0.0)
    for coding in reversed(offered):
        weight = weights.get(coding, anything)
        if weight > 0 and weight >= most:
            best, most = coding, weight
    return best


def _weights(header: str) -> dict[str, float]:
    """Coding → its quality from 0 to 1; one that nobody can read counts for nothing."""
    weights: dict[str, float] = {}
    for member in header.lower().split(","):
        coding, *parameters = (part.strip() for part in member.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _quality(value.strip())
        if coding:
            weights[coding.removeprefix("x-")] = quality  # x-gzip is gzip (RFC 9110 §8.4.1.3)
    return weights


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return min(max(quality, 0.0), 1.0) if math.isfinite(quality) else 0.0
