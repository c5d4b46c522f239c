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
