"""An issue in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeds.model.issue import DeliveryState

if TYPE_CHECKING:
    from feeds.model.report import IssueSummary


def summary_line(issue: IssueSummary) -> str:
    """``issue 7, weekly 2026-W48: paused (wrong link); 600 sent, 2 in flight, 398 not sent, of 1,000``."""
    state = {"open": "under way", "cancelling": "cancelled, and waits for what is in flight"}
    told = state.get(issue.state, issue.state)
    if issue.trouble:
        told += f" ({issue.trouble})"
    numbers = [f"{issue.sent:,} sent", f"{issue.inflight:,} in flight", f"{issue.waiting:,} not sent"]
    others = [s for s in DeliveryState if s not in _COUNTED_TOGETHER and issue.counts.get(s)]
    numbers += [f"{issue.counts[state]:,} {state}" for state in others]
    later = ((issue.bounced, "bounced"), (issue.complaints, "complained about"))
    numbers[0] += "".join(f", {number:,} of them {what}" for number, what in later if number)
    period = "" if issue.cadence == "each" else f" {issue.period}"
    return f"issue {issue.key}, {issue.cadence}{period}: {told}; {', '.join(numbers)}, of {issue.audience:,}"


_COUNTED_TOGETHER = {
    DeliveryState.SENT,
    DeliveryState.INFLIGHT,
    DeliveryState.PENDING,
    DeliveryState.DEFERRED,
}
