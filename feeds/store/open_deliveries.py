"""Open deliveries, found by an index of their own: those that ended may be a thousand times as many."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, TextClause, select
from sqlalchemy.ext.compiler import compiles

from feeds.store.schema.issues import deliveries, open_condition


class _Open(TextClause):
    """That a delivery is open, in the words that the partial indexes of each database have."""

    inherit_cache = True


@compiles(_Open, "postgresql")
def _of_postgres(*_: Any, **__: Any) -> str:
    return "deliveries.open"


OPEN = _Open(open_condition("deliveries."))


def select_open(*columns: Any) -> Select[Any]:
    """A query of open deliveries. SQLite is told the index: it would rather look through the whole issue."""
    return select(*columns).with_hint(deliveries, "INDEXED BY ix_deliveries_open", "sqlite").where(OPEN)
