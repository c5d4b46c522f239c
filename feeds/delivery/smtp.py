"""Sends by SMTP: aiosmtplib connects, secures and logs in; each message is MAIL, RCPT, DATA apart.

The commands go one by one because ``SMTP.sendmail`` raises the same error before and after the
final dot, and that dot is what parts *certainly not sent* from *unknown*. DATA goes through
``SMTP.execute_command`` and the body through ``SMTPProtocol.write`` and ``read_response``: all
public, and unlike ``SMTP.data`` they do not run two regular expressions over a body that is
wire-ready (60 % of aiosmtplib's time for 31 KB).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from enum import Enum

import aiosmtplib

from feeds.delivery.replies import CLOSING, Phase, broken, clean, judge
from feeds.errors import RelayUnreachable
from feeds.model.host import is_loopback
from feeds.model.message import Deferred, Message, Outcome, Refused, Rejected, Unknown

_PATH = re.compile(r"[!-;=?-~]*")
"""What may stand between the angle brackets of MAIL and RCPT: printable, no blanks, no brackets."""

_LOGINS = ("plain", "login", "cram-md5")
"""By preference: the connection is encrypted or does not leave the machine."""


class Security(Enum):
    """How the connection is protected."""

    NONE = "none"
    """Loopback only: nobody can listen there, and certificates do not name it."""
    STARTTLS = "starttls"
    """Required: a server that does not offer it gets no mail (RFC 3207 §6, downgrade)."""
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait, by phase (RFC 5321 §4.5.3.2).

    The final dot gets ten minutes because giving up earlier makes duplicates: the server may
    already have taken the message.
    """

    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    dot: float = 600.0
    parting: float = 10.0
    """For RSET and QUIT, on which no message depends."""


@dataclass(slots=True)
class SmtpTransport:
    """A relay that takes mail by SMTP."""

    host: str
    port: int
    local_hostname: str
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    tls_context: ssl.SSLContext | None = field(default=None, repr=False)
    timeouts: Timeouts = field(default=Timeouts(), repr=False)

    @property
    def local(self) -> bool:
        """True where the relay is on this machine."""
        return is_loopback(self.host)

    async def connect(self) -> SmtpSession:
        """A session that has greeted, encrypted and logged in."""
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            local_hostname=self.local_hostname,
            timeout=self.timeouts.connect,
            use_tls=self.security is Security.TLS,
            start_tls=False,
            tls_context=None if self.security is Security.NONE else self._trust(),
        )
        try:
            await client.connect()
            await self._greet(client)
            if self.security is Security.STARTTLS:
                await self._encrypt(client)
            if self.username:
                await self._log_in(client)
        except RelayUnreachable:
            client.close()
            raise
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise self._unreachable(error) from error
        except BaseException:
            client.close()
            raise
        return SmtpSession(client, self.timeouts)

    def _trust(self) -> ssl.SSLContext:
        """Who may vouch for the relay; read once, as it takes milliseconds."""
        if self.tls_context is None:
            self.tls_context = ssl.create_default_context()
        return self.tls_context

    async def _greet(self, client: aiosmtplib.SMTP) -> None:
        """EHLO, or HELO for a server that knows no other (RFC 5321 §3.2)."""
        try:
            await client.ehlo(timeout=self.timeouts.command)
        except aiosmtplib.SMTPHeloError:
            if not client.is_connected:
                raise
            await client.helo(timeout=self.timeouts.command)

    async def _encrypt(self, client: aiosmtplib.SMTP) -> None:
        """STARTTLS, and greets anew: what was said in clear does not count (RFC 3207 §4.2)."""
        if not client.supports_extension("starttls"):
            raise RelayUnreachable(
                f"{self.host}:{self.port} does not offer STARTTLS, and mail is not sent in clear: "
                "use smtps:// or a relay that encrypts"
            )
        await client.starttls()
        await self._greet(client)

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        """AUTH by one method only: ``SMTP.login`` tries a wrong password by each, and relays lock out."""
        method = next((name for name in _LOGINS if name in client.server_auth_methods), "")
        if not method:
            raise RelayUnreachable(
                f"{self.host}:{self.port} offers no way to log in that we know: "
                "leave user and password out of the URL, or use another port"
            )
        log_in = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}[
            method
        ]
        try:
            await log_in(self.username, self.password, timeout=self.timeouts.command)
        except aiosmtplib.SMTPAuthenticationError as error:
            raise RelayUnreachable(
                f"{self.host}:{self.port} did not let us log in: {clean(f'{error.code} {error.message}')}; "
                "check user and password in [mail] smtp"
            ) from error

    def _unreachable(self, error: Exception) -> RelayUnreachable:
        """The error, told with what to do about it."""
        where = f"{self.host}:{self.port}"
        if isinstance(error, aiosmtplib.SMTPConnectError) and isinstance(error.__cause__, ssl.SSLError):
            error = error.__cause__
        if isinstance(error, ssl.SSLCertVerificationError):
            return RelayUnreachable(
                f"the certificate of {where} is not trusted: {error.verify_message}; "
                "use the name that it was made for"
            )
        if isinstance(error, ssl.SSLError):
            return RelayUnreachable(
                f"no encrypted connection to {where}: {error.reason}; "
                "smtps:// usually wants port 465, smtp:// port 587"
            )
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return RelayUnreachable(f"{where} does not talk to us: {clean(f'{error.code} {error.message}')}")
        return RelayUnreachable(
            f"{where} does not answer: {clean(str(error))}; check [mail] smtp and the relay"
        )


class SmtpSession:
    """A connection on which messages are sent one at a time."""

    def __init__(self, client: aiosmtplib.SMTP, timeouts: Timeouts) -> None:
        self._client = client
        self._timeouts = timeouts
        size = client.esmtp_extensions.get("size", "")
        self._largest = int(size) if size.isascii() and size.isdigit() else 0
        """Octets that the server takes at most (RFC 1870 §3); 0 where it did not say."""
        self._sending = False

    @property
    def usable(self) -> bool:
        """True while the connection stands and no reply is outstanding."""
        return self._client.is_connected and not self._sending

    async def send(self, message: Message) -> Outcome:
        """Sends the message; after any outcome the session is clean or closed."""
        self._sending = True
        outcome = await self._send(message)
        self._sending = (
            False  # and not in a finally: a send that was cancelled leaves the connection unusable
        )
        return outcome

    async def close(self) -> None:
        """QUIT, if the connection is between messages."""
        if self.usable:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit(timeout=self._timeouts.parting)
        self._drop()

    async def _send(self, message: Message) -> Outcome:
        """The message from its envelope to the reply to its final dot."""
        sender, recipient = message.envelope.sender, message.envelope.recipient.wire
        if not _PATH.fullmatch(sender):
            return Refused("not sent: the sender's address cannot stand in an SMTP command")
        if not _PATH.fullmatch(recipient):
            return Rejected("not sent: the address cannot stand in an SMTP command")
        if 0 < self._largest < len(message.body):
            return Rejected(
                f"not sent: {len(message.body)} octets, and the relay takes {self._largest} at most"
            )
        return await self._offer(sender, recipient) or await self._complete(message.body)

    async def _offer(self, sender: str, recipient: str) -> Outcome | None:
        """Envelope and DATA; None once the server waits for the body."""
        outcome = (
            await self._command(Phase.MAIL, b"MAIL", f"FROM:<{sender}>")
            or await self._command(Phase.RCPT, b"RCPT", f"TO:<{recipient}>")
            or await self._command(Phase.DATA, b"DATA")
        )
        if outcome is not None and self._client.is_connected:
            await self._reset()
        return outcome

    async def _command(self, phase: Phase, verb: bytes, argument: str = "") -> Outcome | None:
        """One command and what its reply makes of the message."""
        timeout = self._timeouts.data if phase is Phase.DATA else self._timeouts.command
        words = (verb, argument.encode("ascii")) if argument else (verb,)
        try:
            response = await self._client.execute_command(*words, timeout=timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._lost(phase, error)
        return self._judge(phase, response)

    async def _complete(self, body: bytes) -> Outcome:
        """Body and final dot in one write: from here on, silence means that nobody knows."""
        protocol = self._client.protocol
        if protocol is None:
            return broken(Phase.DATA, "the connection closed after the server's go-ahead")
        try:
            protocol.write(body + b".\r\n")
        except (aiosmtplib.SMTPException, OSError) as error:  # closed before a byte was written
            return self._lost(Phase.DATA, error)
        try:
            response = await protocol.read_response(timeout=self._timeouts.dot)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._lost(Phase.DOT, error)
        return self._judge(Phase.DOT, response) or broken(Phase.DOT, "no outcome")

    def _judge(self, phase: Phase, response: aiosmtplib.SMTPResponse) -> Outcome | None:
        """The outcome; closes where the server does, and where reply and command no longer match."""
        outcome = judge(phase, response.code, response.message)
        out_of_step = isinstance(outcome, Deferred | Unknown) and response.code // 100 != 4
        if response.code == CLOSING or out_of_step:
            self._drop()
        return outcome

    def _lost(self, phase: Phase, error: Exception) -> Outcome:
        """The outcome of a message whose reply never came, or was no SMTP."""
        self._drop()
        return broken(phase, str(error) or type(error).__name__)

    async def _reset(self) -> None:
        """RSET: the refused envelope must not become part of the next one (RFC 5321 §4.1.1.5)."""
        try:
            await self._client.rset(timeout=self._timeouts.parting)
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        """Closes the connection at once: an orderly close would wait for a peer that no longer reads."""
        transport = self._client.transport
        self._client.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
