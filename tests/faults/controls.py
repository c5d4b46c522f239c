"""Negative controls: ledgers that break the contract, each in one way; the judge must notice all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from feeds.actions import instance
from feeds.model.message import Deferred, Message, Sent, Unknown


class Around:
    """A ledger around the real one."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def claim(self, limit: int) -> Any:
        return self._ledger.claim(limit)

    def commit(self, outcomes: Sequence[Any], intents: Sequence[Any]) -> Any:
        return self._ledger.commit(outcomes, intents)


class Ungated(Around):
    """Grants intents at once, and makes them durable a little later."""

    def __init__(self, ledger: Any) -> None:
        super().__init__(ledger)
        self._lock = threading.Lock()
        self._waiting: list[tuple[list[Any], list[Any]]] = []
        threading.Thread(target=self._write, daemon=True).start()

    def commit(self, outcomes: Sequence[Any], intents: Sequence[Any]) -> Any:
        with self._lock:
            self._waiting.append((list(outcomes), list(intents)))
        return set(intents)

    def _write(self) -> None:
        while True:
            time.sleep(0.004)
            with self._lock:
                waiting, self._waiting = self._waiting, []
            for outcomes, intents in waiting:
                self._ledger.commit(outcomes, intents)


class Sanguine(Around):
    """Takes what nobody knows for not sent."""

    def commit(self, outcomes: Sequence[Any], intents: Sequence[Any]) -> Any:
        surely = [(ref, Deferred(o.reply) if isinstance(o, Unknown) else o) for ref, o in outcomes]
        return self._ledger.commit(surely, intents)


class Careless(Around):
    """Takes what nobody knows for sent."""

    def commit(self, outcomes: Sequence[Any], intents: Sequence[Any]) -> Any:
        surely = [(ref, Sent(o.reply) if isinstance(o, Unknown) else o) for ref, o in outcomes]
        return self._ledger.commit(surely, intents)


class Deaf(Around):
    """Sends although the intent was refused."""

    def commit(self, outcomes: Sequence[Any], intents: Sequence[Any]) -> Any:
        return {*self._ledger.commit(outcomes, intents), *intents}


class Forgetful(Around):
    """Gives every attempt a Message-ID of its own."""

    def claim(self, limit: int) -> Any:
        return [replace(claim, build=_renaming(claim.build)) for claim in self._ledger.claim(limit)]


def _renaming(build: Callable[[], Message]) -> Callable[[], Message]:
    def renamed() -> Message:
        message = build()
        mark = f"Message-ID: <{time.monotonic_ns():x}.".encode()
        return replace(message, body=message.body.replace(b"Message-ID: <", mark, 1))

    return renamed


CONTROLS: dict[str, Callable[[Any], Any]] = {
    "ungated": Ungated,
    "sanguine": Sanguine,
    "careless": Careless,
    "deaf": Deaf,
    "forgetful": Forgetful,
}
"""And ``amnesia``, which forgets after a crash what was in flight, and ``trusting``: see below."""


def forget(database: Any) -> None:
    """What was in flight counts as never tried."""
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'pending' WHERE state = 'inflight'")


def trust() -> None:
    """From now on every copy of a database passes for the one that belongs here."""
    instance.judge = lambda *_, **__: instance.Finding(stranger=True)
