"""Migrations: the way from the schema of an older version to this one's.

A new database is made from ``feeds.store.schema`` at once; a test holds that both ways end alike.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from feeds.errors import StoreError


def upgrade(connection: Connection, found: str | None, where: Path | str, *, to: str = "head") -> None:
    """Brings the schema from revision ``found`` (None: no tables at all) to the newest.

    Raises StoreError for a revision that this version does not know.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    revisions = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in revisions:
        raise StoreError(f"{where}: this database was made by a newer version; install that version again")
    command.upgrade(config, to)
