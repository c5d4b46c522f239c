"""The W3C feed validator at level AA: the bytes, and with them media type, charset and self link."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.judges.documents import Judge, Reading, Served, failed
from tests.judges.libraries import XML

_ASK = Path(__file__).parent / "tools" / "w3c.py"


def w3c(checkout: Path | None) -> Judge:
    """The validator of this checkout of github.com/w3c/feedvalidator."""
    return Judge("w3c", XML, lambda documents: _asked(checkout, documents), _missing(checkout))


def _missing(checkout: Path | None) -> str:
    if checkout is None:
        return "give a checkout of github w3c/feedvalidator by --w3c or KAWARABAN_W3C"
    if not (checkout / "src" / "feedvalidator").is_dir():
        return f"{checkout} holds no src/feedvalidator"
    try:
        import rdflib  # noqa: F401
    except ImportError:
        return "pip install '.[judges]' brings what it needs"
    return ""


def _asked(checkout: Path | None, documents: Sequence[Served]) -> dict[str, Reading]:
    done = subprocess.run(
        [sys.executable, _ASK, str(checkout)],
        input="\n".join(each.url for each in documents),
        capture_output=True,
        text=True,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    found = {each["url"]: Reading(tuple(each["complaints"])) for each in told}
    silent = failed(f"the validator ended with exit {done.returncode}: {done.stderr[-500:]}")
    return {each.url: found.get(each.url, silent) for each in documents}
