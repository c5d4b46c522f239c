"""Which kind of database a URL names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeds.store.database import Database

SQLITE = "sqlite:///"
"""What the URL of a SQLite file begins with; the path of the file is the rest."""


def open_database(where: Path | str, folder: Path | None = None) -> Database:
    """Opens a SQLite file, or what a URL names; makes what is missing, and brings an older schema up to date.

    By its state ``folder`` a node knows what earlier ones left that were started in it.

    Raises StoreError if it cannot be used, is no database of ours, or of a newer version than this one.
    """
    if isinstance(where, str) and not where.startswith(SQLITE):
        from feeds.store.postgres import open_postgres

        return open_postgres(where, folder)
    from feeds.store.sqlite import open_sqlite

    return open_sqlite(Path(str(where).removeprefix(SQLITE)))


def is_there(url: str) -> bool:
    """Whether the URL's database was used before."""
    if url.startswith(SQLITE):
        return Path(url.removeprefix(SQLITE)).exists()
    from feeds.store.postgres import is_made

    return is_made(url)
