"""Build: scan once and publish, over again where a file changed in between."""

from __future__ import annotations

from collections.abc import Callable

from feeds.errors import SourceChanged
from feeds.model.build_report import PublishReport, ScanReport

_TRIES = 5


def build(
    scan: Callable[[], ScanReport], publish: Callable[[], PublishReport]
) -> tuple[ScanReport, PublishReport]:
    """What the scan found and the publication wrote.

    Raises SourceChanged where somebody goes on writing to a post all the while.
    """
    first = scan()
    scanned = first
    for _ in range(_TRIES - 1):
        try:
            return _together(first, scanned), publish()
        except SourceChanged:
            scanned = scan()
    return _together(first, scanned), publish()


def _together(first: ScanReport, last: ScanReport) -> ScanReport:
    from dataclasses import replace

    return replace(last, new=first.new, changed=first.changed, unchanged=first.unchanged, gone=first.gone)
