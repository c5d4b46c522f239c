"""What stands around a publication: a mail server that receives, and the web server of its site.

Both live in a thread of their own, as the daemon's neighbours on the network do.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

from feeds.demo.mailbox import Mailbox

if TYPE_CHECKING:
    from starlette.applications import Starlette

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port on loopback at which nobody listened a moment ago."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        return int(taken.getsockname()[1])


class Surroundings:
    """The two servers, listening from construction on and answering inside ``with``."""

    def __init__(self) -> None:
        self._smtp = socket.create_server((LOOPBACK, 0))
        self._site = socket.create_server((LOOPBACK, 0))
        self._thread: threading.Thread | None = None
        self._server: Any = None

    @property
    def smtp_url(self) -> str:
        return f"smtp://{LOOPBACK}:{self._smtp.getsockname()[1]}"

    @property
    def site_url(self) -> str:
        return f"http://{LOOPBACK}:{self._site.getsockname()[1]}"

    def open(self, mailbox: Mailbox, site: Starlette) -> None:
        """Start to answer."""
        import uvicorn

        settings = uvicorn.Config(site, log_config=None, access_log=False, lifespan="off", ws="none")
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(mailbox)), daemon=True)
        self._thread.start()

    def __enter__(self) -> Surroundings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=5)
        self._smtp.close()
        self._site.close()

    async def _serve(self, mailbox: Mailbox) -> None:
        from aiosmtpd.smtp import SMTP

        def conversation() -> SMTP:
            # A host name that is given is not looked up in the DNS.
            return SMTP(_Taker(mailbox), hostname="mail.localhost", ident="Kawaraban demo")

        loop = asyncio.get_running_loop()
        mail = await loop.create_server(conversation, sock=self._smtp)
        try:
            await self._server.serve(sockets=[self._site])
        finally:
            mail.close()


class _Taker:
    """Takes every message for every recipient; aiosmtpd calls it by the method's name."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        received = self._mailbox.keep(
            envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.original_content, datetime.now(UTC)
        )
        return f"250 2.0.0 Kept as number {received.number}"
