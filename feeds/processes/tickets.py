"""Tickets: the numbers of the parts that nobody has begun; whoever takes one does that part."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress

_SIZE = 4
"""Bytes of a number. All writes and reads are of whole numbers, and so none is ever torn (pipe(7))."""

_ROOM = 1 << 20
"""Bytes that a pipe holds, the most that Linux grants to everybody."""


class Tickets:
    """A pipe of numbers, which processes share that were forked after it was made."""

    def __init__(self) -> None:
        self._taking, self._giving = os.pipe()
        widen(self._giving)
        os.set_blocking(self._taking, False)

    def give(self, count: int) -> None:
        """Puts in the numbers from 0 on."""
        os.write(self._giving, b"".join(number.to_bytes(_SIZE, "little") for number in range(count)))

    def take(self) -> int | None:
        """The next number; None when there is none left."""
        try:
            return int.from_bytes(os.read(self._taking, _SIZE), "little")
        except BlockingIOError:
            return None

    def withdraw(self) -> None:
        """Takes out what is left."""
        with suppress(OSError):
            while self.take() is not None:
                pass

    def close(self) -> None:
        os.close(self._taking)
        os.close(self._giving)


def widen(pipe: int) -> None:
    """Makes room in a pipe, so that whoever writes need not wait for whoever reads."""
    with suppress(OSError, AttributeError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
