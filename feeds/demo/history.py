"""What happened before the demo: a week of posts, and the readers who subscribed at its beginning.

Told to the service with the clock of those days, so that the daemon finds at its start what a
daemon finds after a week of rest: slots that are due, with something new in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from feeds.demo.workspace import ZONE, Sample, Workspace
from feeds.model.address import EmailAddress
from feeds.model.build_report import ScanReport
from feeds.model.noun import dataclass
from feeds.model.subscriber import Cadence
from feeds.service import Service

_DAWN = time(6, 0, tzinfo=ZoneInfo(ZONE))


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of the sample publication."""

    address: EmailAddress
    cadence: Cadence
    language: str
    topics: tuple[str, ...] = ()


EACH = Reader(EmailAddress("each-post", "reader.example"), Cadence.EACH, "en")
READERS = (
    EACH,
    Reader(EmailAddress("daily", "reader.example"), Cadence.DAILY, "en", ("craft-of-printing", "edo")),
    Reader(EmailAddress("weekly", "reader.example"), Cadence.WEEKLY, "ja"),
)
NEWCOMER = Reader(EmailAddress("newcomer", "reader.example"), Cadence.WEEKLY, "ja")
"""Has asked, and has not confirmed yet."""


def tell(
    workspace: Workspace,
    sample: Sample,
    now: datetime,
    *,
    readers: Sequence[Reader] = READERS,
    newcomers: Sequence[Reader] = (NEWCOMER,),
) -> ScanReport:
    """Let the past week happen; returns what the last scan found."""
    for post in sample.archive:
        workspace.drop(post)
    with Service.open(workspace.config, now=now - timedelta(days=8)) as service:
        report = service.build().scan
        for reader in readers:
            service.add_subscriber(
                reader.address,
                topics=reader.topics,
                cadence=reader.cadence,
                language=reader.language,
                confirmed=True,
            )
    for post in sample.week:
        workspace.drop(post)
        with Service.open(workspace.config, now=datetime.combine(post.day, _DAWN)) as service:
            report = service.scan()
    today = max(now, datetime.combine(sample.week[-1].day, _DAWN)) if sample.week else now
    with Service.open(workspace.config, now=today) as service:
        for reader in newcomers:
            service.subscribe(
                reader.address, topics=reader.topics, cadence=reader.cadence, language=reader.language
            )
    return report
