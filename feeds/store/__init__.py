"""The only place with SQL: one schema for SQLite and PostgreSQL, in SQLAlchemy Core.

``schema`` has the tables, ``database`` what a database is, ``sqlite`` and ``postgres`` the two kinds,
``migrations`` the way from older schemas. ``dispatch`` is what delivering asks of either kind, and
``sqlite_ledger`` and ``postgres_ledger`` are its answers, in statements of their own. Every
other module has the statements of one noun; its functions take a connection first, and the caller decides
where a transaction begins and ends.
"""

from feeds.store.later import later

with later("asyncio", "importlib.metadata"):  # a sixth of its loading, for connections and plugins of others
    import sqlalchemy  # noqa: F401
