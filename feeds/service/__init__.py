"""The composition root: the configuration becomes plain values, and every verb of the program one method.

::

    ahead.py       posts that are read before the configuration is checked
    base.py        the configuration, the clock, the database, the turns
    publishing.py  what scanning and publishing are called with
    signing.py     the keys that sign mail
    mailing.py     what composing and delivering are called with
    bounces.py     what comes back
    building.py    the verbs about posts and feeds
    issues.py      those about issues, and what is kept out of them
    subscribers.py  those about readers, for the operator
    owner.py       those that go all the way: tick, plan, compose, deliver
    copies.py      those about backups and what was restored from them
    readers.py     the verbs of the pages
    installation.py  Service, which is all of them
    vitals.py      what this process did, and whether it is alive
    watched.py     the database and the transport with somebody who counts at the door

Entry points open a service and call it; it alone reads the configuration, the clock and the environment.
Modules are imported where they are used: a build that changes nothing loads no mail.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feeds.service.ahead import read_ahead
    from feeds.service.installation import Service

__all__ = ["Service", "read_ahead"]

_PLACES = {"Service": "feeds.service.installation", "read_ahead": "feeds.service.ahead"}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
