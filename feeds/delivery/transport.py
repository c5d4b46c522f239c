"""The seam between the engine and whatever carries mail away."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from feeds.delivery.feed import Feed, untold
from feeds.delivery.ledger import Claim
from feeds.delivery.replies import clean
from feeds.errors import ConfigurationError
from feeds.model.clock import boot_time
from feeds.model.host import is_loopback
from feeds.model.message import Message, Outcome, Unknown

if TYPE_CHECKING:
    import ssl

    from feeds.delivery.smtp import SmtpTransport

log = logging.getLogger(__name__)

FORMS = "smtp://user:password@host:587, smtps://user:password@host or maildir:///folder"
SUBMISSION_PORT = 587
"""Where relays take mail from people who log in (RFC 6409 §3.1)."""


class Session(ABC):
    """A connection that sends one message after another."""

    until = float("inf")
    """By ``boot_time``: later the message that is being sent may not be completed any more."""

    @property
    @abstractmethod
    def usable(self) -> bool:
        """True while another message can be sent over this connection."""

    @abstractmethod
    async def send(self, message: Message) -> Outcome:
        """Sends a single message and tells what became of it; a broken connection is an outcome too."""

    @abstractmethod
    async def close(self) -> None:
        """Ends the connection politely if it still stands; never raises."""

    async def run(self, feed: Feed[Any]) -> str:
        """Sends what the feed has at hand; returns why the connection was lost, or nothing.

        Here message by message, each when its intent stands; its outcome goes with the next intent.
        """
        outcome: tuple[Any, Outcome] | None = None
        lost = ""
        while not lost and (taken := feed.take()) is not None:
            claim, message = taken
            self.until = boot_time() + feed.within
            if not await _stands(feed, outcome, claim):
                outcome = None
                feed.skipped(claim)
                continue
            result = await self._send_or_break(message)
            outcome = (claim.ref, result)
            feed.settled(claim, result)
            if self.usable:
                feed.proven()
            else:
                lost = result.reply
        if outcome is not None:
            feed.post(outcome, None, untold)
        return lost

    async def _send_or_break(self, message: Message) -> Outcome:
        """Sends it; a session that fails in a way nobody foresaw leaves its message unknown."""
        try:
            return await self.send(message)
        except Exception as error:
            log.exception("event=session_failed")
            await self.close()
            return Unknown(clean(f"the session failed: {error}"))


def _stands(feed: Feed[Any], outcome: tuple[Any, Outcome] | None, claim: Claim[Any]) -> asyncio.Future[bool]:
    """Whether the claim's intent stands, once it and the outcome are durable."""
    stands: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def told(answer: bool) -> None:
        if not stands.done():  # a session that was cancelled waits no longer
            stands.set_result(answer)

    feed.post(outcome, claim.ref, told)
    return stands


class Transport(Protocol):
    """What opens sessions."""

    @property
    def local(self) -> bool:
        """True where no message leaves this machine over a network."""
        ...

    async def connect(self) -> Session:
        """A new session. Raises RelayUnreachable, which says why and what to do."""
        ...


def open_transport(url: str, *, local_hostname: str, tls_context: ssl.SSLContext | None = None) -> Transport:
    """The transport that the URL names; nothing is connected yet.

    ``local_hostname`` is how we greet a relay. Without ``tls_context`` the system's certificate
    authorities decide whom to trust. Raises ConfigurationError, which never shows the password.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme in {"smtp", "smtps"}:
        return _smtp(scheme, rest, local_hostname, tls_context)
    if separator and scheme == "maildir":
        from pathlib import Path

        from feeds.delivery.maildir import MaildirTransport

        if not rest.startswith("/"):
            raise ConfigurationError(
                f"maildir://{rest} names no absolute folder: write maildir:///folder, with three slashes"
            )
        return MaildirTransport(Path(unquote(rest)))
    raise ConfigurationError(f"mail cannot be sent by {scheme!r}: write {FORMS}")


async def send_once(transport: Transport, message: Message) -> Outcome:
    """Sends a single message over a connection of its own. Raises RelayUnreachable."""
    session = await transport.connect()
    try:
        return await session.send(message)
    finally:
        await session.close()


def _smtp(scheme: str, rest: str, local_hostname: str, tls_context: ssl.SSLContext | None) -> SmtpTransport:
    """The SMTP transport for what follows ``smtp://`` or ``smtps://``."""
    from feeds.delivery.smtp import Security, SmtpTransport

    # Parted by hand, from the right: a password from the environment may hold "/", "#" or "@" as they are.
    login, at, place = rest.rpartition("@")
    try:
        parts = urlsplit(f"//{place}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ConfigurationError(f"{scheme}://…{at}{place} names no host and port: write {FORMS}")
    user, _, password = login.partition(":")
    if scheme == "smtps":
        security, usual_port = Security.TLS, 465
    else:
        security = Security.NONE if is_loopback(host) else Security.STARTTLS
        usual_port = SUBMISSION_PORT if at else 25
    return SmtpTransport(
        host,
        port or usual_port,
        security=security,
        username=unquote(user),
        password=unquote(password),
        local_hostname=local_hostname,
        tls_context=tls_context,
    )
