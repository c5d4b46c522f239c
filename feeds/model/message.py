"""Envelopes, messages, and what became of an attempt to send one."""

from __future__ import annotations

from feeds.model.address import EmailAddress
from feeds.model.noun import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """MAIL FROM and RCPT TO."""

    sender: str
    recipient: EmailAddress


@dataclass(frozen=True, slots=True)
class Message:
    """An envelope and the bytes that go between DATA and the final dot.

    ``body`` is 7-bit and ends in CRLF; it has no bare CR or LF, and no line begins with a dot.
    """

    envelope: Envelope
    body: bytes

    def __post_init__(self) -> None:
        if not self.body.endswith(b"\r\n"):  # or the relay waits for a dot that it never sees
            raise ValueError("the body of a message ends in CRLF")


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took responsibility (250 after the final dot)."""

    reply: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server said 4yz, or the connection broke before the final dot was sent."""

    reply: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server said 5yz."""

    reply: str
    suppress: bool = False
    """True where the reply blames the address itself (5.1.x or 5.2.1 at RCPT)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server refused us and not the reader (5.7.x policy): the issue has to pause."""

    reply: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection broke after the final dot was sent and before its reply came."""

    reply: str


Outcome = Sent | Deferred | Rejected | Refused | Unknown
