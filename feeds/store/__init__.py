"""The only place with SQL: one schema for SQLite and PostgreSQL, in SQLAlchemy Core.

::

    database.py, sqlite.py, postgres.py   what a database is, and the two kinds; opening.py opens either
    schema/, types.py, migrations/        the tables, their columns, and the way from older schemas
    posts.py                              what is known of posts; post_rows.py and post_writes.py: their rows
    due_posts.py, mailable_posts.py       those that time alone changes; those that may be mailed
    dispatch.py                           what delivering asks; sqlite_ledger.py and postgres_ledger.py answer

Every other module has the statements of one noun. Functions take a connection first, and the caller decides
where a transaction begins and ends; the two ledgers have statements of their own.
"""

from feeds.store.later import later

with later("asyncio", "importlib.metadata"):  # a sixth of its loading, for connections and plugins of others
    import sqlalchemy  # noqa: F401
