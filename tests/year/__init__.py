"""A year of edits, and feed readers that poll through it: ``python -m tests.year``.

``magazine`` is a publication of posts that remembers what each of its feeds ought to carry, ``edits``
what its editors do to it in a day, ``server`` the pages and feeds by HTTP, ``readers`` the programs
that poll (newsboat, the library ``reader``, feedparser) and keep what they saw, and ``play`` lets the
days pass: after every poll, nobody may have been shown an old post as a new one, or have missed one.
"""
