"""The seam between the engine and whatever carries mail away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from feeds.delivery.session import Session
from feeds.errors import ConfigurationError
from feeds.model.host import is_loopback
from feeds.model.message import Message, Outcome

if TYPE_CHECKING:
    import ssl

    from feeds.delivery.smtp import SmtpTransport

FORMS = "smtp://user:password@host:587, smtps://user:password@host or maildir:///folder"
SUBMISSION_PORT = 587
"""Where relays take mail from people who log in (RFC 6409 §3.1)."""


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
