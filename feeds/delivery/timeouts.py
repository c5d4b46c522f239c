"""How long a server is waited for."""

from __future__ import annotations

from feeds.delivery.replies import Phase
from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, by phase (RFC 5321 §4.5.3.2).

    The final dot gets ten minutes because giving up earlier makes duplicates: the server may
    already have taken the message.
    """

    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    dot: float = 600.0
    parting: float = 10.0
    """For QUIT, on which no message depends."""

    def of(self, phase: Phase) -> float:
        """Seconds that the reply of this phase may take."""
        match phase:
            case Phase.DATA:
                return self.data
            case Phase.DOT:
                return self.dot
            case _:
                return self.command
