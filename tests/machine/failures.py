"""What can go wrong on purpose: a relay that does anything, and a machine that loses its power."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from feeds.delivery.session import Session
from feeds.errors import RelayUnreachable
from feeds.model.message import Deferred, Message, Outcome, Refused, Rejected, Sent, Unknown


class Crash(BaseException):
    """The process is dead: whatever it still tries to write fails."""


@dataclass
class Power:
    """The power of the machine, which can fail at any durable step.

    A step is a transaction or the writing of a document. Once the power is gone no step succeeds,
    so that clean-up code cannot save what a killed process would have lost.
    """

    alive: bool = True
    steps: int = 0
    """The step at which it fails; 0 for none."""
    after: bool = False
    """Whether that step is still done."""

    @contextmanager
    def step(self) -> Iterator[None]:
        if not self.alive:
            raise Crash
        self.steps -= 1
        last = self.steps == 0
        if last and not self.after:
            self.fail()
        yield
        if last:
            self.fail()

    def fail(self) -> None:
        self.alive = False
        raise Crash

    def restore(self) -> None:
        self.alive, self.steps, self.after = True, 0, False

    def writing(
        self, write: Callable[[], AbstractContextManager[Any]]
    ) -> Callable[[], AbstractContextManager[Any]]:
        """``Database.write`` as a step."""

        @contextmanager
        def begin() -> Iterator[Any]:
            with self.step(), write() as connection:
                yield connection

        return begin

    def doing(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Any other function as a step."""

        def do(*positional: Any, **named: Any) -> Any:
            with self.step():
                return work(*positional, **named)

        return do


class Fault(Enum):
    """What the relay does with a message instead of taking it."""

    DEFER = "4yz"
    REJECT = "5yz"
    BLAME = "5.1.1: no such address"
    REFUSE = "5.7.1: we do not like you"
    LOST = "hung up before the final dot arrived"
    ARRIVED = "hung up after the final dot arrived"
    KILL_BEFORE = "we die before the final dot"
    KILL_AFTER = "we die before the reply"

    @property
    def arrives(self) -> bool:
        return self in (Fault.ARRIVED, Fault.KILL_AFTER)


@dataclass(frozen=True)
class Attempt:
    """A message on the wire."""

    address: str
    body: bytes
    fault: Fault | None
    sender: str = ""
    """Of its envelope."""

    @property
    def arrived(self) -> bool:
        return self.fault is None or self.fault.arrives


@dataclass
class Wire:
    """A transport in memory that remembers everything and fails as it is told."""

    power: Power
    local: bool = True
    reachable: bool = True
    faults: dict[str, Fault] = field(default_factory=dict)
    """By address, for every message of this run."""
    attempts: list[Attempt | Callable[[], None]] = field(default_factory=list)
    """Messages, and what else happened between them."""
    on_send: Callable[[], None] = lambda: None
    """What happens elsewhere while a message is on the wire."""

    async def connect(self) -> WireSession:
        if not self.reachable:
            raise RelayUnreachable("nobody listens there")
        return WireSession(self)

    def send(self, message: Message) -> Outcome:
        address = str(message.envelope.recipient)
        fault = self.faults.get(address)
        self.attempts.append(Attempt(address, message.body, fault, message.envelope.sender))
        self.on_send()
        return _OUTCOMES[fault] if fault not in _DEADLY else self.power.fail()  # type: ignore[return-value]


@dataclass
class WireSession(Session):
    """Stays usable whatever happens, so that no test waits for the engine's pauses."""

    wire: Wire
    usable: bool = True

    async def send(self, message: Message) -> Outcome:
        return self.wire.send(message)

    async def close(self) -> None:
        self.usable = False


_DEADLY = (Fault.KILL_BEFORE, Fault.KILL_AFTER)
_OUTCOMES: dict[Fault | None, Outcome] = {
    None: Sent("250 taken"),
    Fault.DEFER: Deferred("451 later"),
    Fault.REJECT: Rejected("552 full"),
    Fault.BLAME: Rejected("550 5.1.1 nobody", suppress=True),
    Fault.REFUSE: Refused("550 5.7.1 policy"),
    Fault.LOST: Unknown("gone"),
    Fault.ARRIVED: Unknown("gone"),
}
