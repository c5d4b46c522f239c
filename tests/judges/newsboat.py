"""newsboat, a reader that people use: it fetches, and what it keeps is read from its own database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.judges.documents import Judge, Reading, Seen, Served, failed
from tests.judges.libraries import XML

_ITEMS = "SELECT guid, url, title, pubDate, enclosure_url FROM rss_item WHERE feedurl = ?"
_KNOWN = "SELECT title FROM rss_feed WHERE rssurl = ?"


def newsboat() -> Judge:
    """The newsboat of this machine."""
    missing = "" if shutil.which("newsboat") else "there is no newsboat on this machine"
    return Judge("newsboat", XML, _read, missing)


def _read(documents: Sequence[Served]) -> dict[str, Reading]:
    return {each.url: _alone(each.url) for each in documents}


def _alone(url: str) -> Reading:
    """Each document has a newsboat to itself, as newsboat keeps an id that two feeds share once."""
    with tempfile.TemporaryDirectory(prefix="kawaraban-newsboat-") as name:
        box = Newsboat(Path(name), [url])
        said = box.reload()
        return box.reading(url) or failed(said)


class Newsboat:
    """An installation of newsboat in a folder, subscribed to these addresses."""

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._folder = folder
        self._cache = folder / "cache.db"
        (folder / "urls").write_text("".join(f"{url}\n" for url in urls), "utf-8")
        (folder / "config").write_text("download-timeout 120\nmax-items 0\n", "utf-8")

    def reload(self) -> str:
        """Fetches every feed; what newsboat said."""
        files = ("-u", "urls", "-c", "cache.db", "-C", "config")
        done = subprocess.run(
            ["newsboat", *files, "-x", "reload"],
            cwd=self._folder,
            env={**os.environ, "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        return f"exit {done.returncode}: {done.stdout} {done.stderr}".strip()

    def reading(self, url: str) -> Reading | None:
        """The entries that it keeps of this feed; None for a feed that it could not read."""
        connection = sqlite3.connect(self._cache)
        try:
            known = connection.execute(_KNOWN, (url,)).fetchone()
            items = connection.execute(_ITEMS, (url,)).fetchall()
        finally:
            connection.close()
        return Reading((), tuple(Seen(*item) for item in items)) if known and known[0] else None
