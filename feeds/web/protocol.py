"""The short way for feeds: a known document is answered before the application hears of the request.

Everything that is simple goes this way: GET and HEAD of a document on the shelf, for one of our hosts,
without a body, on a connection where nothing else is under way. What is not simple goes to uvicorn and
the application, which give the same answers.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from feeds.web.validators import date_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeds.web.answers import Prepared
    from feeds.web.documents import Documents

LARGEST_HEAD = 32 * 1024
"""Bytes of request line and headers; browsers' cookies for other things of the same host are smaller."""

_IDLE = 10.0
"""Seconds without a byte after which a connection is closed."""

_SLOWEST_HEAD = 20.0
"""Seconds in which a request's head has to arrive."""

_COUNTED = 600.0
"""Seconds after which a reader that asks on and on is counted anew."""

_NOT_SIMPLE = frozenset({b"transfer-encoding", b"expect", b"upgrade"})


class FeedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with the short way in front."""

    def __init__(
        self, documents: Documents, accepts: Callable[[bytes], bool], *args: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._documents, self._accepts = documents, accepts
        self._answered = False
        """The message that is being read has its answer already."""
        self._head = 0
        """Bytes since the end of the last message, at most."""
        self._counted: tuple[str, bytes, bytes, float] | None = None
        """The reader that was counted last."""
        self._ended = False
        """No more requests are answered on this connection."""

    # The connection -------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Begins to watch for a client that falls silent."""
        super().connection_made(transport)
        self._heard = self._finished = self.loop.time()
        self._watch = self.loop.call_later(_IDLE, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the watch."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Reads what came, unless it is more than a request may say."""
        if self._ended:
            return
        self._heard = self.loop.time()
        self._head += len(data)
        super().data_received(data)
        if self._head > LARGEST_HEAD and not self._ended and not self._under_way():
            self._refuse()

    def _look(self) -> None:
        now = self.loop.time()
        if self.transport.is_closing():
            return
        if not self._under_way():
            silent = now - self._heard >= _IDLE
            if silent or (self._heard > self._finished and now - self._finished >= _SLOWEST_HEAD + _IDLE):
                self.transport.close()
                return
        self._watch = self.loop.call_later(_IDLE, self._look)

    def _under_way(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self) -> None:
        self._ended = True
        if not self._under_way():
            self._say(b"431 Request Header Fields Too Large", b"The request's headers are too large.\n")
        self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP."""
        self._ended = True
        self._say(b"400 Bad Request", f"{msg}\n".encode())
        self.transport.close()

    def _say(self, status: bytes, text: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
            b"date: %b\r\nconnection: close\r\n\r\n%b" % (status, len(text), date_now(), text)
        )

    # A request ------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Makes ready for a request; what uvicorn wants for one is made when it takes the long way."""
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keeps a header field."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Answers at once, or lets uvicorn take the long way."""
        if self._ended:
            self._answered = True
            return
        url = self.url
        prepared = self._documents.shelf.get(url.partition(b"?")[0])
        if (
            prepared is not None
            and not self.flow.write_paused
            and not self._under_way()
            and self._answer(prepared)
        ):
            self._answered = True
            return
        if len(url) + sum(len(name) + len(value) for name, value in self.headers) > LARGEST_HEAD:
            self._answered = True
            self._refuse()
            return
        self._head = 0
        self._begin_the_long_way()
        self._mend_target()
        super().on_headers_complete()

    def _begin_the_long_way(self) -> None:
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)

    def on_message_complete(self) -> None:
        """Makes ready for the next request."""
        self._head = 0
        self._finished = self._heard
        if self._answered:
            self._answered = False
        else:
            super().on_message_complete()

    def on_body(self, body: bytes) -> None:
        """Passes on a body, but not one that came after the end."""
        self._head = 0
        if not self._answered:
            super().on_body(body)

    def _answer(self, prepared: Prepared) -> bool:
        """Answers if the request is simple."""
        method = self.parser.get_method()
        if method not in (b"GET", b"HEAD"):
            return False
        host = none_match = since = encoding = agent = forwarded = connection = b""
        for name, value in self.headers:
            if name == b"host":
                if host:
                    return False
                host = value
            elif name == b"accept-encoding":
                if encoding:
                    return False
                encoding = value
            elif name == b"if-none-match":
                if none_match:
                    return False
                none_match = value
            elif name == b"if-modified-since":
                since = value
            elif name == b"user-agent":
                agent = value
            elif name == b"x-forwarded-for":
                forwarded = value
            elif name == b"connection":
                connection = value
            elif name in _NOT_SIMPLE or (name == b"content-length" and value != b"0"):
                return False
        if not self._accepts(host):
            return False
        answer = prepared.choose(none_match, since, encoding)
        body = answer.body if method == b"GET" else b""
        if body is None:
            return False
        # Without that field one of HTTP/1.0 ends here anyway; asking for the version takes a while.
        old = bool(connection) and self.parser.get_http_version() == "1.0"
        self._write(answer.head, body, going_on=not old and self.parser.should_keep_alive())
        self._documents.requests["feed", answer.head[9:12]] += 1
        if prepared.feed and method == b"GET":
            # Whoever asks again on one connection was counted; now and then a new day may have begun.
            reader = prepared.feed, agent, forwarded, self._heard // _COUNTED
            if reader != self._counted:
                self._counted = reader
                self._documents.audience.note(prepared.feed, agent, self._address(forwarded))
        return True

    def _write(self, head: bytes, body: bytes, *, going_on: bool) -> None:
        end = b"" if going_on else b"connection: close\r\n"
        head = b"%bdate: %b\r\n%b\r\n" % (head, date_now(), end)
        if body:
            self.transport.writelines((head, body))  # from Python 3.12 on without a copy
        else:
            self.transport.write(head)
        if not going_on:
            self._ended = True
            self.transport.close()

    def _address(self, forwarded: bytes) -> str:
        """The reader's address: what a proxy on this machine says, as uvicorn has it for other requests."""
        peer = self.client[0] if self.client else ""
        if forwarded and peer in ("127.0.0.1", "::1", ""):
            return forwarded.rpartition(b",")[2].strip().decode("latin-1")
        return peer

    def _mend_target(self) -> None:
        """Brings the request target into the form that uvicorn reads."""
        if self.url == b"*":  # OPTIONS * (RFC 9112 §3.2.4)
            self.url = b"/*"
        elif not self.url.startswith(b"/"):
            # absolute-form: the host is the target's, whatever Host says (RFC 9112 §3.2.2)
            target = httptools.parse_url(self.url)
            self.headers[:] = [pair for pair in self.headers if pair[0] != b"host"]
            self.headers.append((b"host", target.host or b""))
