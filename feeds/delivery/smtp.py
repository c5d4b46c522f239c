"""Sends by SMTP: aiosmtplib connects, secures and logs in; then a stream, or each command apart.

A server that offers PIPELINING gets a ``Stream`` on the same connection. With any other the commands go
one by one, and not by ``SMTP.sendmail``, because that raises the same error before and after the
final dot, and that dot is what parts *certainly not sent* from *unknown*. DATA goes through
``SMTP.execute_command`` and the body through ``SMTPProtocol.write`` and ``read_response``: all
public, and unlike ``SMTP.data`` they do not run two regular expressions over a body that is
wire-ready (60 % of aiosmtplib's time for 31 KB).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from dataclasses import dataclass, field
from enum import Enum
from typing import cast

import aiosmtplib

from feeds.delivery.commands import mail_argument, rcpt_argument, unfit
from feeds.delivery.replies import CLOSING, TOO_LATE, Phase, broken, clean, judge
from feeds.delivery.session import Session
from feeds.delivery.stream import Stream
from feeds.delivery.timeouts import Timeouts
from feeds.errors import RelayUnreachable
from feeds.model.clock import boot_time
from feeds.model.host import is_loopback
from feeds.model.message import Deferred, Message, Outcome, Unknown

log = logging.getLogger(__name__)

_LOGINS = ("plain", "login", "cram-md5")
"""By preference: the connection is encrypted or does not leave the machine."""


class Security(Enum):
    """How the connection is protected."""

    NONE = "none"
    """Loopback only: nobody can listen there, and certificates do not name it."""
    STARTTLS = "starttls"
    """Required: a server that does not offer it gets no mail (RFC 3207 §6, downgrade)."""
    TLS = "tls"


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
    pipelining: bool = True
    """Whether a server that offers PIPELINING gets many commands at a time (RFC 2920)."""

    @property
    def local(self) -> bool:
        """True where the relay is on this machine."""
        return is_loopback(self.host)

    async def connect(self) -> Session:
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
        return self._session(client)

    def _session(self, client: aiosmtplib.SMTP) -> Session:
        """How messages go over this connection: by what the server offered, and keeps."""
        takes_size = client.supports_extension("size")
        size = client.esmtp_extensions.get("size", "")
        largest = int(size) if size.isascii() and size.isdigit() else 0
        if not self.pipelining or not client.supports_extension("pipelining"):
            return SmtpSession(client, self.timeouts, takes_size=takes_size, largest=largest)
        transport = cast(asyncio.Transport, client.transport)  # each event loop has a class of its own
        stream = Stream(
            transport, self.timeouts, takes_size=takes_size, largest=largest, distrust=self._distrust
        )
        transport.set_protocol(stream)
        return stream

    def _distrust(self) -> None:
        """From now on commands go one at a time: the replies came in another order than their commands."""
        if self.pipelining:
            log.warning("event=pipelining_given_up relay=%s:%d", self.host, self.port)
        self.pipelining = False

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


class SmtpSession(Session):
    """A connection on which commands are sent one at a time."""

    def __init__(
        self, client: aiosmtplib.SMTP, timeouts: Timeouts, *, takes_size: bool, largest: int
    ) -> None:
        """``takes_size``: whether MAIL may say how large a message is; ``largest``: octets, 0 for any."""
        self._client = client
        self._timeouts = timeouts
        self._takes_size = takes_size
        self._largest = largest
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
        return (
            unfit(message, self._largest) or await self._offer(message) or await self._complete(message.body)
        )

    async def _offer(self, message: Message) -> Outcome | None:
        """Envelope and DATA; None once the server waits for the body."""
        size = len(message.body) if self._takes_size else None
        outcome = (
            await self._command(Phase.MAIL, b"MAIL", mail_argument(message.envelope, size))
            or await self._command(Phase.RCPT, b"RCPT", rcpt_argument(message.envelope))
            or await self._command(Phase.DATA, b"DATA")
        )
        if outcome is not None and self._client.is_connected:
            await self._reset()
        return outcome

    async def _command(self, phase: Phase, verb: bytes, argument: str = "") -> Outcome | None:
        """One command and what its reply makes of the message."""
        timeout = self._timeouts.of(phase)
        words = (verb, argument.encode("ascii")) if argument else (verb,)
        try:
            response = await self._client.execute_command(*words, timeout=timeout)
        except (aiosmtplib.SMTPException, OSError) as error:
            return self._lost(phase, error)
        return self._judge(phase, response)

    async def _complete(self, body: bytes) -> Outcome:
        """Body and final dot in one write: from here on, silence means that nobody knows."""
        if boot_time() > self.until:
            self._drop()
            return TOO_LATE
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
            await self._client.rset(timeout=self._timeouts.of(Phase.RSET))
        except (aiosmtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        """Closes the connection at once: an orderly close would wait for a peer that no longer reads."""
        transport = self._client.transport
        self._client.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
