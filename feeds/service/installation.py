"""Everything that the program can do, as one object."""

from __future__ import annotations

from feeds.service.owner import Owner
from feeds.service.readers import Readers


class Service(Owner, Readers):
    """One installation, opened; every method is one verb, in transactions of its own."""
