"""Receive all: what a mail server delivered into a Maildir is taken in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from feeds.bounces import maildir

TakeIn = Callable[[bytes], object]
"""Records what a mail reports, and has committed it when it returns."""


def receive_all(folder: Path, take_in: TakeIn, *, stopped: Callable[[], bool] = lambda: False) -> int:
    """Takes in every mail that waits, until told to stop; returns how many that were.

    A mail is put away once its report is committed: after a crash in between it is read again, and counts
    once all the same. Raises ConfigurationError where the folder cannot be used.
    """
    taken = 0
    for name in maildir.waiting(folder):
        if stopped():
            break
        mail = maildir.content(folder, name)
        if mail is not None:
            take_in(mail)
            maildir.put_away(folder, name)
            taken += 1
    return taken
