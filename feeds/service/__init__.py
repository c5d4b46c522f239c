"""The composition root: the configuration becomes plain values, and every verb of the program one method.

::

    base.py        the configuration, the clock, the database, the turns
    publishing.py  what scanning and publishing are called with
    signing.py     the keys that sign mail
    mailing.py     what composing and delivering are called with
    owner.py       the verbs of the command line and the daemon
    readers.py     the verbs of the pages
    vitals.py      what this process did, and whether it is alive
    watched.py     the database and the transport with somebody who counts at the door

Entry points open a service and call it; it alone reads the configuration, the clock and the environment.
Modules are imported where they are used: a build that changes nothing loads no mail.
"""

from __future__ import annotations

from feeds.service.owner import Owner
from feeds.service.readers import Readers

__all__ = ["Service"]


class Service(Owner, Readers):
    """One installation, opened; every method is one verb, in transactions of its own."""
