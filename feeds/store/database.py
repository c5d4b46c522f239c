"""What a database is to those who use it, whichever it is: a SQLite file, or PostgreSQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from feeds.errors import StoreError
from feeds.store import schema

if TYPE_CHECKING:
    from feeds.store.dispatch import Dispatch


class Database(ABC):
    """One database, opened for many threads."""

    place: str
    """Where it is, for who reads it: without who logs in."""
    transactions: ClassVar[tuple[str, ...]] = ("write",)
    """The methods that begin a writing transaction, for who times them."""

    @abstractmethod
    def write(self) -> AbstractContextManager[Connection]:
        """A transaction that commits at the end of the block, or leaves no trace.

        No two of them run at the same time, of whichever process of the installation.
        """

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A snapshot: all that the block reads is of one moment."""

    @abstractmethod
    def dispatch(self) -> Dispatch:
        """The ledger for one run of delivering."""

    @contextmanager
    def role(self, work: str) -> Iterator[None]:
        """Work that one node at a time does for all: what the block writes stands only as long as it is ours.

        Raises Standby where another node has it; with SQLite there is no other node.
        """
        yield

    def give_up(self, work: str) -> None:  # noqa: B027  # with SQLite there is nobody to give it to
        """Lets any node have the role, also this one again."""

    def real_now(self) -> datetime:
        """The clock of all who share the database."""
        return datetime.now(UTC)

    @abstractmethod
    def copy(self, file: Path) -> None:
        """Writes all that is committed at this moment into a new SQLite file; others go on as they were."""

    @abstractmethod
    def close(self) -> None:
        """Gives up every connection."""


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


SQLITE = "sqlite:///"
"""What the URL of a SQLite file begins with; the path of the file is the rest."""


@contextmanager
def told() -> Iterator[None]:
    """What the driver says is wrong as a StoreError."""
    try:
        yield
    except OperationalError as error:
        raise StoreError(f"the database cannot be used: {error.orig}") from error
    except DatabaseError as error:
        raise StoreError(f"the database refused a statement: {error.orig}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the database cannot be used: {error}") from error


def dump(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, for tests that show that nothing changed."""
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in schema.metadata.sorted_tables
    }
