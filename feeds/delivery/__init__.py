"""Stage 4: Message → the world.

``transport`` is the seam: a Transport opens Sessions, and a Session sends one Message at a time and
tells its Outcome. ``smtp`` and ``maildir`` are the two transports and, beside ``hub``, the only
modules here that touch network or disk; ``replies`` decides what an SMTP reply means. ``ledger`` says
what the store has to offer, and ``engine.deliver`` moves claims from it through many sessions at
once: ``claims`` fetches them ahead, ``group_commit`` writes the outcomes and the next intents of all
sessions in one transaction, and ``relay`` opens connections and knows when to give the relay up.
``hub`` has nothing to do with mail: it tells a WebSub hub which feeds changed.
"""
