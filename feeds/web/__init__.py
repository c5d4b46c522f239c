"""The pages for readers and the feeds by HTTP: a Starlette application over the service.

``application.py`` has the table of routes. A request passes ``guard.py`` (host, size of the body,
security headers, a plain page when something breaks) and meets an endpoint: ``signup.py``,
``confirm.py``, ``preferences.py``, ``unsubscribe.py``, ``feeds.py`` (the page that lists them),
``embed.py``, or ``documents.py`` for the bytes of a feed with their validators. Endpoints read forms
with ``choices.py``, choose words with ``languages.py``, and answer through ``pages.py``, which is the
one place that renders. ``rates.py`` slows down who signs up too often, ``zones.py`` lists time zones,
``server.py`` is uvicorn as we want it. No GET changes anything, and no address stands in a URL.
"""
