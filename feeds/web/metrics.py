"""Metrics as Prometheus reads them: the figures of this process and those of the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from feeds.errors import KawarabanError
from feeds.service.vitals import BOUNDS

if TYPE_CHECKING:
    from feeds.model.report import LedgerFigures
    from feeds.service import Service
    from feeds.service.vitals import Duration, Vitals

_COUNTERS = {
    "attempts": (("outcome",), "Messages that this process tried to send, by what became of each."),
    "deferred": (("reply",), "Those that were put off, by the code of the reply; network: none came."),
    "connections": (("result",), "Connections to the mail server, made and failed."),
    "rollbacks": ((), "Write transactions that failed."),
    "beats_skipped": (
        ("beat", "reason"),
        "Beats that did not begin: missed, at_work (the last one still), error.",
    ),
    "beats_failed": (("beat",), "Beats that ended with an error, which is in the log."),
    "scans": (("result",), "Scans of the posts folder or of places in it: done, failed."),
    "documents_written": ((), "Documents of feeds that were written because they changed."),
}
"""What ``Vitals.count`` is called with: the labels and what it means."""

_DURATIONS = {
    "commit": ((), "Seconds of a write transaction, from asking for its turn to the commit."),
    "beat": (("beat",), "Seconds that a beat was at work."),
    "scan": ((), "Seconds of a scan."),
    "publish": ((), "Seconds of bringing the feeds up to date."),
}


class Figures(Collector):
    """All metrics of a daemon, made when they are asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """Every metric; those of the ledger are missing where the database cannot be asked."""
        vitals = self._service.vitals
        counts, durations = vitals.snapshot()
        yield from _counted(counts)
        yield from _timed(durations)
        yield from _requests(vitals)
        yield from _moment(vitals)
        try:
            figures = self._service.figures()
        except KawarabanError:
            yield _gauge("database_up", "Whether the database could be asked.", 0)
            return
        yield _gauge("database_up", "Whether the database could be asked.", 1)
        if figures is not None:
            yield from _ledger(figures)


def registry_of(service: Service) -> CollectorRegistry:
    """What ``/metrics`` shows: our figures, and memory, CPU and files of the process."""
    registry = CollectorRegistry()
    registry.register(Figures(service))
    ProcessCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """The metrics in the form that a scraper accepts, and its media type."""
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


def _gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"kawaraban_{name}", meaning, value=value)


def _counter(
    name: str, meaning: str, labels: tuple[str, ...], values: Iterable[tuple[tuple[str, ...], float]]
) -> CounterMetricFamily:
    family = CounterMetricFamily(f"kawaraban_{name}", meaning, labels=labels)
    for labelled, number in values:
        family.add_metric(labelled, number)
    return family


def _counted(counts: dict[str, Counter[tuple[str, ...]]]) -> Iterator[Metric]:
    for name, (labels, meaning) in _COUNTERS.items():
        found = counts.get(name) or (Counter() if labels else Counter({(): 0}))
        yield _counter(name, meaning, labels, sorted(found.items()))


def _timed(durations: dict[tuple[str, ...], Duration]) -> Iterator[Metric]:
    for name, (labels, meaning) in _DURATIONS.items():
        family = HistogramMetricFamily(f"kawaraban_{name}_seconds", meaning, labels=labels)
        for key, duration in sorted(durations.items()):
            if key[0] == name:
                family.add_metric(key[1:], list(_cumulative(duration)), duration.total)
        yield family


def _cumulative(duration: Duration) -> Iterator[tuple[str, float]]:
    below = 0
    for bound, number in zip((*map(str, BOUNDS), "+Inf"), duration.buckets, strict=True):
        below += number
        yield bound, below


def _requests(vitals: Vitals) -> Iterator[Metric]:
    meaning = "HTTP requests that were answered, by kind of page and status."
    found = sorted(vitals.requests.items())
    values = [((kind, status.decode("ascii")), number) for (kind, status), number in found]
    yield _counter("http_requests", meaning, ("kind", "status"), values)


def _moment(vitals: Vitals) -> Iterator[Metric]:
    yield _gauge("connections_open", "Connections to the mail server now.", vitals.open_connections)
    yield _gauge("send_rate", "Messages a second in the last quarter of a minute.", vitals.rate())
    meaning = "Whether nothing is published because the posts folder is not there, or has lost its posts."
    yield _gauge("posts_missing", meaning, bool(vitals.doubt))
    yield _gauge("draining", "Whether the daemon was told to stop.", vitals.draining)
    ages = GaugeMetricFamily(
        "kawaraban_beat_age_seconds", "Seconds since a beat showed a sign of life.", labels=("beat",)
    )
    for name, age in vitals.ages().items():
        ages.add_metric((name,), age)
    yield ages


def _ledger(figures: LedgerFigures) -> Iterator[Metric]:
    outcomes = [((str(state),), number) for state, number in figures.outcomes.items()]
    meaning = "Deliveries that got this final state since this process began to look."
    yield _counter("deliveries", meaning, ("outcome",), outcomes)
    open_ = {str(state): number for state, number in figures.open.items()}
    yield _by_state("deliveries_open", "Deliveries without a final state, of issues under way.", open_)
    yield _by_state("issues", "Issues by state.", figures.issues)
    oldest = "Seconds since the oldest issue that is being sent was composed."
    yield _gauge("oldest_issue_seconds", oldest, figures.oldest_issue)
    yield _gauge("notices_open", "Confirmation and welcome mails that wait.", figures.notices)
    oldest = "Seconds that the oldest of these mails has waited."
    yield _gauge("oldest_notice_seconds", oldest, figures.oldest_notice)
    received = [((str(receipt),), number) for receipt, number in figures.receipts.items()]
    meaning = "Mails that ever came to the address for bounces, by what became of each."
    yield _counter("bounce_reports", meaning, ("result",), received)
    meaning = "Whether the database is a copy, which mails nobody until its owner takes it into use."
    yield _gauge("database_copy", meaning, figures.copy)


def _by_state(name: str, meaning: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"kawaraban_{name}", meaning, labels=("state",))
    for state, number in values.items():
        family.add_metric((state,), number)
    return family
