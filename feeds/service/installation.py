"""Everything that the program can do, as one object."""

from __future__ import annotations

from feeds.service.copies import Copies
from feeds.service.readers import Readers


class Service(Copies, Readers):
    """One installation, opened; every method is one verb, in transactions of its own."""
