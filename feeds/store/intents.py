"""Who writes intents, and who changes what they look at: never both at once.

On SQLite there is one writer at a time anyway. On PostgreSQL an intent would look at a snapshot: without this
it could be committed after its reader left, or its issue was paused, and know nothing of it.
"""

from __future__ import annotations

from sqlalchemy import Connection

BESIDE_OTHERS = "SELECT pg_advisory_xact_lock_shared(7523, hashtext(current_schema()))"
"""Waits for whoever holds intents; a statement of its own, as only the next one sees what they committed."""


def hold_intents(connection: Connection) -> None:
    """Waits for the intents that are being written, and keeps further ones waiting until the commit.

    Goes first in its transaction: who holds rows already could wait for an intent that waits for these.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7523, hashtext(current_schema()))")
