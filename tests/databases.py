"""The database of a test's configuration: the one place that knows which one this run is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

_TABLE = re.compile(r"^\[", re.MULTILINE)
_DATABASE = re.compile(r"^\[database\]\n(url = .*\n)?", re.MULTILINE)

new_url: Callable[[], str] | None = None
"""Makes a database that nobody used, and returns its URL; none: a SQLite file in the state folder."""

_urls: dict[Path, str] = {}


def write(file: Path, text: str) -> None:
    """Writes a configuration, whose database is one of this run: the same one however often it is written."""
    file.write_text(_configured(file, text), encoding="utf-8")


def configure(file: Path) -> None:
    """The same for a file that the program wrote."""
    write(file, file.read_text(encoding="utf-8"))


def forget(file: Path) -> None:
    """What this configuration had is gone: written again, it has a new one."""
    _urls.pop(file.resolve(), None)
    configure(file)


def _configured(file: Path, text: str) -> str:
    if new_url is None:
        return text
    place = file.resolve()
    url = _urls.get(place) or _urls.setdefault(place, new_url())
    line = f'url = "{url}"\n'
    if found := _DATABASE.search(text):
        return text[: found.start()] + f"[database]\n{line}" + text[found.end() :]
    first = _TABLE.search(text)
    at = first.start() if first else len(text)  # at the end, settings that come later would belong to it
    return f"{text[:at]}[database]\n{line}{text[at:]}"
