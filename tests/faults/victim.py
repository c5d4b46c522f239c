"""The process that things are done to: ``python -m tests.faults.victim CONFIG VERB [options]``.

It opens the real service and calls the real verb. What it wraps from outside are the seams that every
installation has: the database's transactions, the ledger as the engine sees it, the transport's timeouts,
and the two clocks.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json
import logging
import os
import signal
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import feeds.actions.deliver as deliver_action
from feeds.actions.deliver import Clock
from feeds.actions.restored import Choice
from feeds.delivery.smtp import Security
from feeds.delivery.transport import Transport
from feeds.errors import KawarabanError
from feeds.model.message import Sent
from feeds.service import Service
from feeds.service.base import real_now
from feeds.store import issues as issues_store
from feeds.store.database import Database
from tests.faults.controls import CONTROLS, Around, forget, trust

VERBS = ("send", "deliver", "compose", "build", "cancel", "daemon", "backup", "restored")
ROUNDS = 60
_GOING_ON = {"open", "paused", "cancelling"}
LATER = timedelta(hours=2)
"""How much later the next round is: whatever back-off there is has passed."""


def die(*_: object) -> None:
    """As a power cut would have it: no clean-up, no last words."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


class Fate:
    """At which step this process dies: ``write:3:during``, ``intent:2``, ``result:5``, ``audience:1``."""

    def __init__(self, text: str) -> None:
        self.step, _, rest = text.partition(":")
        number, _, self.moment = rest.partition(":")
        self._left = int(number or 0)

    def strikes(self, step: str) -> bool:
        if step == self.step:
            self._left -= 1
            return self._left == 0
        return False

    def writing(self, write: Callable[[], Any]) -> Callable[[], Any]:
        """``Database.write`` and the like: dies before a transaction, in it, or right after its commit."""

        @contextmanager
        def begin() -> Iterator[Any]:
            now = self.strikes("write")
            if now and self.moment == "before":
                die()
            with write() as connection:
                yield connection
                if now and self.moment == "during":
                    die()
            if now:
                die()

        return begin

    def calling(self, step: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Any function: dies right after it returned, inside whatever transaction there is."""

        def call(*positional: Any, **named: Any) -> Any:
            result = work(*positional, **named)
            if self.strikes(step):
                die()
            return result

        return call


class Watched(Around):
    """A ledger whose commits may be the last thing that happens."""

    def __init__(self, ledger: Any, fate: Fate) -> None:
        super().__init__(ledger)
        self._fate = fate

    def commit(self, outcomes: Sequence[Any], intents: Sequence[Any]) -> Any:
        if any(isinstance(outcome, Sent) for _, outcome in outcomes) and self._fate.strikes("result"):
            die()
        standing = self._ledger.commit(outcomes, intents)
        if intents and self._fate.strikes("intent"):
            die()
        return standing


class Victim(Service):
    """The service, with what happens to it."""

    fate = Fate("")
    timeouts: dict[str, float] = {}  # noqa: RUF012 - set once, before it is opened
    tls: tuple[str, ssl.SSLContext] | None = None
    """By STARTTLS to this host name, trusting this context."""
    later = timedelta(0)
    control = ""
    """In which way it breaks the contract, for those that the judge must notice."""

    @cached_property
    def database(self) -> Database:
        database = super().database
        for name in database.transactions:
            setattr(database, name, self.fate.writing(getattr(database, name)))
        return database

    @cached_property
    def transport(self) -> Transport:
        return changed(super().transport, self.timeouts, self.tls)

    @property
    def clock(self) -> Clock:
        return Clock(self.now, lambda: real_now() + self.later)


def changed(transport: Any, timeouts: dict[str, float], tls: tuple[str, ssl.SSLContext] | None) -> Any:
    """The same transport with other timeouts, and encrypted although it is on loopback."""
    changes: dict[str, Any] = {}
    if timeouts:
        changes["timeouts"] = dataclasses.replace(transport.timeouts, **timeouts)
    if tls:
        changes |= {"host": tls[0], "security": Security.STARTTLS, "tls_context": tls[1]}
    return dataclasses.replace(transport, **changes) if changes else transport


def send_all(service: Victim, *, rounds: int = ROUNDS) -> list[str]:
    """Delivers until nothing waits, whatever the back-off; returns what troubles there were."""
    troubles = []
    if service.control == "amnesia":
        forget(service.database)
    for _ in range(rounds):
        trouble = service.deliver().trouble
        troubles += [trouble] if trouble else []
        if not service.waiting():
            break
        type(service).later += LATER
    return troubles


def gently(engine: Callable[..., Any], wrap: Callable[[Any], Any]) -> Callable[..., Any]:
    """The engine over a wrapped ledger, with short pauses before it connects again."""
    pauses = {"pause": 0.02} if "pause" in inspect.signature(engine).parameters else {}
    return lambda ledger, *args, **named: engine(wrap(ledger), *args, **pauses, **named)


def send_gently(service: Victim) -> str:
    """Delivers once in this process; returns the trouble."""
    engine = deliver_action.deliver
    deliver_action.deliver = gently(engine, CONTROLS.get(service.control, lambda ledger: ledger))
    try:
        return service.deliver().trouble
    finally:
        deliver_action.deliver = engine


def main() -> int:
    options = _options()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # beats that are skipped are no news
    Victim.fate = fate = Fate(options.die)
    Victim.timeouts = {name: float(value) for name, _, value in (t.partition("=") for t in options.timeout)}
    if options.trust:
        Victim.tls = ("localhost", ssl.create_default_context(cafile=options.trust))
    Victim.later = timedelta(seconds=options.later)
    Victim.control = options.control
    if options.control == "trusting":
        trust()
    wrap = CONTROLS.get(options.control, partial(Watched, fate=fate))
    deliver_action.deliver = gently(deliver_action.deliver, wrap)
    issues_store.enqueue = fate.calling("audience", issues_store.enqueue)
    issues_store.insert_issue = fate.calling("issue", issues_store.insert_issue)
    if options.synchronous:
        _synchronise(options.synchronous)
    if options.verb == "daemon":
        return _daemon(options.config, options.parts)
    try:
        with Victim.open(options.config, now=options.now, environ={}) as service:
            print("ready", flush=True)
            result = _do(service, options)
    except KawarabanError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 3
    print(json.dumps(result), flush=True)
    return 0


def _do(service: Victim, options: argparse.Namespace) -> object:
    if options.verb == "send":
        return send_all(service, rounds=options.rounds)
    if options.verb == "deliver":
        return dataclasses.asdict(service.deliver().digests) | {"paused": []}
    if options.verb == "compose":
        return service.compose()
    if options.verb == "backup":
        return [str(service.backup(options.file).file)]
    if options.verb == "restored":
        return [service.take_into_use(Choice(options.choice)).copied.why]
    if options.verb == "cancel":
        return [service.cancel(issue.key).state for issue in service.issues() if issue.state in _GOING_ON]
    service.build()
    return service.compose()


def _daemon(config: Path, parts: str) -> int:
    """The real daemon, with its beats ten times as quick."""
    import asyncio

    from feeds.daemon import PARTS, Rhythm, process, serving
    from feeds.web.server import serve_pages

    class Announced(asyncio.Event):
        def set(self) -> None:
            print("ready", flush=True)
            super().set()

    serving.Service = Victim  # type: ignore[misc]
    rhythm = Rhythm(rescan=1.0, compose=0.2, deliver=0.2, bounces=0.2)
    process.serve = partial(process.serve, rhythm=rhythm, ready=Announced())  # type: ignore[assignment]
    try:
        return process.run(config, frozenset(parts.split(",")) if parts else PARTS, serve_pages)
    except KawarabanError as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return 3


def _synchronise(level: str) -> None:
    from sqlalchemy import event
    from sqlalchemy.pool import Pool

    @event.listens_for(Pool, "checkout")
    def _set(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA synchronous={level}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path)
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("--die", default="", help="step:number[:before|during|after]")
    parser.add_argument("--control", default="", help="break the contract in this way")
    parser.add_argument("--timeout", action="append", default=[], help="phase=seconds")
    parser.add_argument("--later", type=float, default=0.0, help="seconds by which the real clock is ahead")
    parser.add_argument("--now", type=datetime.fromisoformat, default=None)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--trust", default="", help="certificate that STARTTLS trusts")
    parser.add_argument("--parts", default="")
    parser.add_argument("--file", type=Path, default=None)
    parser.add_argument("--choice", default="send-from-now")
    parser.add_argument("--synchronous", default="")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
