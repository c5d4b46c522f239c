"""The tables.

A change here needs a migration beside it, and ``sqlite.sql`` written anew; tests compare the three.

::

    naming.py   what all tables belong to
    state.py    single facts and numbers
    posts.py    files, posts, and their bodies as HTML
    facets.py   which posts feeds are made of
    feeds.py    feeds, the files that they were written to, and who reads them
    readers.py  subscribers, suppressions, and what came back
    issues.py   slots, issues, their ledger, and single mails
    nodes.py    what processes that share a database agree on
    rates.py    how much was sent
    sqlite.sql  all of it as SQLite is told
"""

from feeds.store.schema import facets, feeds, issues, nodes, posts, rates, readers, state
from feeds.store.schema.naming import metadata

__all__ = ["HEAD", "facets", "feeds", "issues", "metadata", "nodes", "posts", "rates", "readers", "state"]

HEAD = "0009"
"""The newest migration, which ``metadata`` is equal to."""
