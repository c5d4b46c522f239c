"""Programs that nobody here wrote read every feed, and have to agree: ``python -m tests.judges``.

``folders`` makes a publication of a folder of posts and has the real daemon serve it. ``plain`` reads
a document by its specification and no further. Each judge then reads every document, says what it has
against it, and which entries it sees: ``w3c`` (a checkout of the W3C feed validator, level AA), ``schemas``,
``libraries`` (feedparser, reader), ``node`` (rss-parser, feedsmith) and ``newsboat``. ``agreement`` compares
the entries, field by field, and knows where a judge is known to read otherwise; ``report`` prints.
"""
