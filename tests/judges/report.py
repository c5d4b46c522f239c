"""A table of folders and judges, and every disagreement below it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from feeds.model.feed import Format
from tests.judges import plain
from tests.judges.agreement import between_formats, faults
from tests.judges.documents import Judge, Reading, Seen, Served
from tests.judges.remarks import reason

_EXAMPLES = 3


class Report:
    """Prints a row as soon as a folder was judged, and in the end what was found."""

    def __init__(self, judges: Sequence[Judge]) -> None:
        self.judges = judges
        self.faults = 0
        self._remarks: Counter[tuple[str, str, str]] = Counter()
        self._found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for judge in judges:
            if judge.skipped:
                print(f"{judge.name} skipped: {judge.skipped}")
        self._columns = [judge.name for judge in judges if not judge.skipped]
        print(f"{'folder':24}{'limit':9}{'feeds':>6}{'entries':>9}", end="")
        print("".join(f"{name:>12}" for name in [*self._columns, "formats"]))

    def not_built(self, folder: str, limit: str, reason: str) -> None:
        """Counts a folder of which no publication could be made."""
        self._add(folder, "kawaraban", limit, [reason])
        print(f"{folder[:23]:24}{limit:9}  not built: {reason}", flush=True)

    def add(
        self,
        folder: str,
        limit: str,
        documents: Sequence[Served],
        readings: Mapping[str, Mapping[str, Reading]],
    ) -> None:
        """Prints how many documents each judge took without a word, of how many."""
        feeds: dict[str, dict[Format, Sequence[Seen]]] = defaultdict(dict)
        for document in documents:
            feeds[document.feed][document.form] = plain.read(document.body, document.form)
        cells = [self._row(folder, name, documents, read) for name, read in readings.items()]
        agree = [self._add(folder, "formats", feed, between_formats(forms)) for feed, forms in feeds.items()]
        if not any(stands for forms in feeds.values() for stands in forms.values()):
            self._add(folder, "kawaraban", limit, ["no post is visible: `kawaraban check` says why"])
        entries = sum(len(stands) for forms in feeds.values() for stands in forms.values())
        print(f"{folder[:23]:24}{limit:9}{len(documents):6}{entries:9}", end="")
        print("".join(f"{f'{sum(cell)}/{len(cell)}':>12}" for cell in [*cells, agree]), flush=True)

    def _row(
        self, folder: str, judge: str, documents: Sequence[Served], read: Mapping[str, Reading]
    ) -> list[bool]:
        """Whether the judge took each document that it was asked about without a word."""
        return [self._one(folder, judge, each, read[each.url]) for each in documents if each.url in read]

    def _one(self, folder: str, judge: str, document: Served, reading: Reading) -> bool:
        found = []
        for fault in faults(judge, document, reading):
            if why := reason(judge, document, fault):
                self._remarks[judge, fault.partition(":")[0], why] += 1
            else:
                found.append(fault)
        return self._add(folder, judge, document.name, found)

    def end(self) -> None:
        """Prints what was found, the like of it together."""
        for (folder, judge, kind), said in self._found.items():
            print(f"\n{folder}, {judge}: {kind} ({len(said)})")
            for one in said[:_EXAMPLES]:
                print(f"    {one}")
        for (judge, kind, why), times in self._remarks.items():
            print(f"\n{judge}: {kind} ({times}), no fault: {why}")
        print(f"\n{self.faults} faults" if self.faults else "\nall agree")

    def _add(self, folder: str, judge: str, name: str, found: Sequence[str]) -> bool:
        self.faults += len(found)
        for one in found:
            kind = re.sub(r"(?s)['\":].*", "", one)[:60]
            self._found[folder, judge, kind].append(f"{name}: {one[:600]}")
        return not found
