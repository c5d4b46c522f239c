"""A relay that fails as it is told, at any phase, and keeps what it took in smtp-sink's form.

It is stricter than most: it notes commands that were pipelined although that was not offered (RFC 2920
§3.1), anything after DATA before its reply, mail in clear where encryption was offered, and messages
that are empty.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.background import Background
from tests.faults.sink import Dumps


@dataclass(frozen=True)
class Act:
    """What is done instead of, or before, a reply."""

    name: str
    close: bool = False
    reset: bool = False
    silent: bool = False
    wait: float = 0.0
    reply: str = ""


HANGUP = Act("closes", close=True)
RESET = Act("RST", reset=True)
SILENCE = Act("silence", silent=True)

Step = str | bytes | Act
"""A reply; bytes as they are; or an act. A reply that begins with 421 or ends with ``!`` closes."""

Script = Callable[[str, int], Step | None]
"""By phase (CONNECT, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, ``.``) and how often it came; None: as usual."""

USUAL = {
    "CONNECT": "220 mailbox ESMTP",
    "HELO": "250 mailbox",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go on",
    ".": "250 2.0.0 taken",
    "RSET": "250 2.0.0 ok",
    "NOOP": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}
EXTENSIONS = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
LAST = {"DATA", "EHLO", "HELO", "STARTTLS", "QUIT", "NOOP", "AUTH"}
"""Commands after which a client has to wait (RFC 2920 §3.1)."""


def at(phase: str, step: Step, hits: frozenset[int] | None = None) -> Script:
    """This step at these occurrences of the phase, or at all."""
    return lambda found, count: step if found == phase and (hits is None or count in hits) else None


class Mailbox(Background):
    """Takes mail, and fails by its script."""

    def __init__(
        self,
        dumps: Dumps,
        script: Script = lambda _phase, _count: None,
        *,
        extensions: tuple[str, ...] = EXTENSIONS,
        tls: ssl.SSLContext | None = None,
        lax: str = "",
        packet: int = 0,
    ) -> None:
        self.dumps = dumps
        self.script = script
        self.extensions = extensions
        self.tls = tls
        self.lax = lax
        """``data``: DATA is let through without a recipient. ``all``: so is RCPT after a refused MAIL."""
        self.packet = packet
        self.count: Counter[str] = Counter()
        self.acted = 0
        """How often it did something unusual."""
        self.open = 0
        self.most = 0
        """The most connections at once."""
        self.mails_in_clear = 0
        super().__init__()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await _Dialogue(self, reader, writer).run()
        except _Over:
            pass
        finally:
            self.open -= 1

    def step(self, phase: str) -> Step | None:
        self.count[phase] += 1
        step = self.script(phase, self.count[phase])
        self.acted += step is not None
        return step

    def complain(self, what: str) -> None:
        if what not in self.failures:
            self.failures.append(what)


class _Over(Exception):
    """This connection has ended."""


class _Dialogue:
    """One connection."""

    def __init__(self, box: Mailbox, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._box = box
        self._reader = reader
        self._writer = writer
        self._recipient = ""
        self._sender = False
        self._encrypted = False
        self._in_step = True
        """Whether each command had one reply: of two at once a client takes the second for the next one's."""

    async def run(self) -> None:
        await self._answer("CONNECT")
        while line := await self._reader.readline():
            text = line.decode("latin-1").rstrip("\r\n")
            verb = text.partition(" ")[0].upper()
            self._check(verb)
            await self._obey(verb, text)

    def _check(self, verb: str) -> None:
        more = bool(getattr(self._reader, "_buffer", b""))
        if more and self._in_step and (verb in LAST or "PIPELINING" not in self._box.extensions):
            self._box.complain(f"something was sent after {verb} before its reply")

    async def _obey(self, verb: str, text: str) -> None:
        if verb == "EHLO":
            offered = [
                *self._box.extensions,
                *(["STARTTLS"] if self._box.tls and not self._encrypted else []),
            ]
            lines = ["mailbox", *offered]
            usual = "\r\n".join(f"250{'-' if n < len(lines) - 1 else ' '}{t}" for n, t in enumerate(lines))
            await self._answer("EHLO", usual)
        elif verb == "STARTTLS":
            if (await self._answer(verb)).startswith("220") and self._box.tls:
                await self._writer.start_tls(self._box.tls)
                self._encrypted = True
        elif verb == "AUTH":
            await self._log_in(text)
        elif verb == "MAIL":
            self._box.mails_in_clear += self._box.tls is not None and not self._encrypted
            self._sender = (await self._answer(verb)).startswith("2")
            self._recipient = ""
        elif verb == "RCPT":
            allowed = self._sender or self._box.lax == "all"
            if (await self._answer(verb, None if allowed else "503 5.5.1 MAIL first")).startswith("2"):
                self._recipient = text.partition("<")[2].partition(">")[0]
        elif verb == "DATA":
            await self._take()
        elif verb == "QUIT":
            await self._answer(verb)
            raise _Over
        else:
            if verb == "RSET":
                self._sender, self._recipient = False, ""
            await self._answer(verb, USUAL.get(verb, "500 5.5.2 what?"))

    async def _log_in(self, text: str) -> None:
        if len(text.split()) == 2:  # LOGIN, and PLAIN without an initial response
            for challenge in (b"Username:", b"Password:"):
                self._writer.write(b"334 " + base64.b64encode(challenge) + b"\r\n")
                await self._reader.readline()
        await self._answer("AUTH")

    async def _take(self) -> None:
        """DATA, the body, and the reply to its final dot."""
        here = bool(self._recipient)
        if not (await self._answer("DATA", None if here or self._box.lax else "554 5.5.1 nobody")).startswith(
            "354"
        ):
            return
        body = b"\r\n" + await self._body()
        recipient, self._recipient, self._sender = self._recipient, "", False
        if not here:
            if body != b"\r\n.\r\n":
                self._box.complain("a body was sent for no recipient")
            await self._answer(".", "554 5.5.1 no valid recipients")
            return
        text = body[2:-3]
        if b"Message-ID:" not in text[:4000]:
            self._box.complain("an empty mail was completed")
        step = self._box.step(".")
        if not _refuses(step):
            self._box.dumps.keep(recipient, text.replace(b"\r\n..", b"\r\n."))
        await self._do(step, USUAL["."])

    async def _body(self) -> bytes:
        first = await self._reader.readline()
        if not first.endswith(b"\n"):
            raise _Over  # closed before its end
        if first == b".\r\n":
            return first
        return first + await self._reader.readuntil(b"\r\n.\r\n")

    async def _answer(self, phase: str, usual: str | None = None) -> str:
        step = self._box.step(phase)
        return await self._do(step, USUAL[phase] if usual is None else usual)

    async def _do(self, step: Step | None, usual: str) -> str:
        """Does the step; returns what was answered."""
        if step is None:
            step = usual
        if isinstance(step, Act):
            await asyncio.sleep(step.wait)
            if step.silent:
                await asyncio.sleep(3600)
            if step.reset:
                self._writer.transport.abort()
            if step.reset or step.close:
                raise _Over
            step = step.reply or usual
        said = step if isinstance(step, str) else step.decode("latin-1")
        self._in_step = self._in_step and not (isinstance(step, bytes) and step.count(b"\n") > 1)
        await self._say(step if isinstance(step, bytes) else step.removesuffix("!").encode() + b"\r\n")
        if said.endswith("!") or said.startswith("421"):
            raise _Over
        return said

    async def _say(self, data: bytes) -> None:
        size = self._box.packet or len(data) or 1
        for start in range(0, len(data), size):
            self._writer.write(data[start : start + size])
            await self._writer.drain()
            if self._box.packet:
                await asyncio.sleep(0)


def _refuses(step: Step | None) -> bool:
    """Whether a final dot was answered by a clear no."""
    return isinstance(step, str) and step[:1] in {"4", "5"} and step[:3].isdigit()
