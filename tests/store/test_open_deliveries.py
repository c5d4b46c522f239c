"""What is asked of open deliveries costs nothing for those that ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from feeds.store import issue_control, ledger, restored
from feeds.store.sqlite import open_sqlite

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
ENDED = 5_000

_FILL = """
WITH RECURSIVE reader(key) AS (SELECT 1 UNION ALL SELECT key + 1 FROM reader WHERE key <= ?)
INSERT INTO deliveries
  (issue, subscriber, edition, cadence, period, top, state, attempts, doubts, changed, reply)
SELECT 1, key, 1, 'each', '#1', 1, CASE WHEN key <= ? THEN 'sent' ELSE 'pending' END, 1, 0, 0, '' FROM reader
"""


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (issue_control.anything_to_finish, False),
        (ledger.count_open, 1),
        (lambda connection: restored.doubtful(connection, NOW).deliveries, 1),
    ],
    ids=["anything-to-finish", "count-open", "restored"],
)
def test_one_open_delivery_is_found_without_looking_at_those_that_ended(
    tmp_path: Path, ask: Callable[[Connection], object], answer: object
) -> None:
    database = open_sqlite(tmp_path / "kawaraban.db")
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO issues VALUES (1, 'each', 'p', 0, ?, 0, 'open', '')", (ENDED + 1,)
        )
        connection.exec_driver_sql("INSERT INTO editions VALUES (1, 1, 'en', '[]', 0, 's', x'00')")
        connection.exec_driver_sql(_FILL, (ENDED, ENDED))
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with database.read() as connection:
        ask(connection)  # what is prepared for the first time is not counted
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(step, 1)
        assert ask(connection) == answer
        driver.set_progress_handler(None, 1)
    database.close()
    assert steps < ENDED / 5
