"""The tables as SQL, which a new file of SQLite is made of, beside the tables that they are written from.

``python -m tests.store.test_schema`` writes that file anew.
"""

from __future__ import annotations

from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from feeds.store import schema
from feeds.store.sqlite import SCHEMA


def sql() -> str:
    """What SQLAlchemy would say to make the tables, statement by statement."""
    statements = []
    for table in schema.metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect())))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect())) for index in indexes]
    lines = ["\n".join(line.rstrip().expandtabs(2) for line in one.strip().split("\n")) for one in statements]
    return ";\n\n".join(lines) + ";\n"


def test_the_file_of_sql_makes_the_tables_of_the_schema() -> None:
    assert SCHEMA.read_text("utf-8") == sql(), "run python -m tests.store.test_schema"


if __name__ == "__main__":
    SCHEMA.write_text(sql(), "utf-8")
