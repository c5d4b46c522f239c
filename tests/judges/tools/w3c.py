"""Asks the W3C feed validator about each URL on standard input; one line of JSON for each.

A process of its own: the validator changes the defaults of sockets and prints as it likes.
"""

from __future__ import annotations

import json
import sys
import urllib.request  # noqa: F401 the validator uses it, and does not import it
from pathlib import Path
from typing import Any


def main() -> None:
    sys.path.insert(0, str(Path(sys.argv[1]) / "src"))
    out, sys.stdout = sys.stdout, sys.stderr
    import feedvalidator
    from feedvalidator import compatibility
    from feedvalidator.formatter.text_plain import Formatter

    feedvalidator.MAXDATALENGTH = 1 << 30  # the size that the hosted service takes is no rule of a format
    for url in map(str.strip, sys.stdin):
        try:
            events = feedvalidator.validateURL(url, firstOccurrenceOnly=0)["loggedEvents"]
        except feedvalidator.logging.ValidationFailure as failure:
            events = [failure.event]
        found = [_line(event, Formatter) for event in compatibility.AA(events)]
        print(json.dumps({"url": url, "complaints": found}), file=out, flush=True)


def _line(event: Any, formatter: Any) -> str:
    said = " ".join("".join(formatter([event])).split())
    where = said.partition(" column ")[0]
    detail = {name: str(event.params.get(name, ""))[:120] for name in ("element", "value")}
    return f"{type(event).__name__}: {where}: {detail} {said.rpartition(': ')[2]}"


if __name__ == "__main__":
    main()
