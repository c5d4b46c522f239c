"""Stage 4: Message → the world.

``transport`` is the seam: a Transport opens Sessions, and a ``session`` sends what a ``feed`` has. ``smtp``
and ``maildir`` are the two transports and, beside ``hub``, the only modules here that touch network or
disk. A server that offers PIPELINING gets a ``stream``, many messages over one ``conversation`` at a round
trip each, made ahead (``coming``); ``commands``, ``parser``, ``replies`` and ``timeouts`` are what both ways
of SMTP share. ``ledger`` says what the store has to offer, and ``engine.deliver`` moves claims from it
through many sessions at once: ``claims`` fetches them ahead (``domains`` holds back those of a busy
provider), ``group_commit`` writes the outcomes and the next intents of all sessions in one transaction, a
``line`` is a connection that comes again, and ``relay``, ``relays`` and ``shares`` know which server it goes
to, and when to give one up.
``hub`` has nothing to do with mail: it tells a WebSub hub which feeds changed.
"""
