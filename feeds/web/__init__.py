"""The pages for readers and the feeds by HTTP: a Starlette application over the service.

A request for a known document is answered by ``protocol.py`` from ``shelf.py``, before the application
hears of it. Every other passes ``guard.py`` (host, size of the body, security headers, a plain page when
something breaks) and meets an endpoint of ``application.py``, which has the table of routes:
``signup.py``, ``confirm.py``, ``preferences.py``, ``unsubscribe.py``, ``feeds.py`` (the page that lists
them), ``embed.py``, or ``documents.py``, which finds documents, puts them on the shelf, and asks
``redirects.py`` about paths that are none. ``answers.py`` makes a document's answers once for each
change, with ``validators.py`` (tags and dates) and ``encodings.py`` (who takes gzip). ``audience.py``
counts readers, with ``agents.py``.

Endpoints read forms with ``choices.py``, choose words with ``languages.py``, and answer through
``pages.py``, which is the one place that renders. ``rates.py`` slows down who signs up too often,
``zones.py`` lists time zones, ``server.py`` is uvicorn as we want it; ``counted.py`` counts requests,
``health.py`` answers who watches, and ``monitor.py`` and ``metrics.py`` do so at an address of their own.
No GET changes anything but the numbers of readers, and no address stands in a URL.
"""
