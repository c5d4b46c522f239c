"""Many messages over one connection of a server with PIPELINING: one round trip each.

The final dot of a message and the envelope of the next one leave in one write (RFC 2920), and the body
of the next one as soon as the server said go ahead (354): while it travels, the ledger commits. Its dot
follows when the outcome of the message before is durable and the intent for this one stands; until then
nothing is sent, as a body without its dot is no message (RFC 5321 §4.1.1.4). Everything happens in
callbacks of the event loop: no coroutine, future or timer is made for a message.

What is ahead of its intent has a price. If the intent is refused after the go-ahead, the server waits
for the end of a body, a dot would deliver it, and nothing can take DATA back: the connection is dropped.
While intents are being refused the feed is not ``trusting``, and an envelope follows its intent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from feeds.delivery.coming import Ahead, Coming, Intent
from feeds.delivery.commands import mail_argument, rcpt_argument
from feeds.delivery.conversation import Conversation
from feeds.delivery.feed import Feed, Single, untold
from feeds.delivery.ledger import Claim
from feeds.delivery.replies import CLOSING, TOO_LATE, Phase, broken, judge
from feeds.delivery.session import Session
from feeds.delivery.timeouts import Timeouts
from feeds.model.clock import boot_time
from feeds.model.message import Deferred, Message, Outcome, Unknown

_ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)


class Stream(Conversation, Session):
    """One connection, from the first envelope to the reply to the last dot."""

    def __init__(
        self,
        transport: asyncio.Transport,
        timeouts: Timeouts,
        *,
        takes_size: bool,
        largest: int,
        distrust: Callable[[], None],
    ) -> None:
        """``takes_size``: whether MAIL may say how large a message is; ``largest``: octets, 0 for any.

        ``distrust`` is called where a reply stands in the wrong place.
        """
        super().__init__(transport, timeouts)
        self._distrust = distrust
        self._takes_size = takes_size
        self._largest = largest
        self._feed: Feed[Any] | None = None
        self._sent: Claim[Any] | None = None
        """The message whose final dot waits for its reply."""
        self._coming: Coming | None = None
        self._ahead: Ahead | None = None
        """What comes after that."""
        self._unposted: tuple[Any, Outcome] | None = None
        """An outcome that goes with the next intent."""
        self._asking = False
        self._reason = ""
        self._ended: asyncio.Future[str] | None = None

    # What the engine calls ------------------------------------------------------------------------

    @property
    def usable(self) -> bool:
        return self.idle

    async def run(self, feed: Feed[Any]) -> str:
        """Sends what the feed has at hand; returns why the connection was lost, or nothing.

        Cancelled, it drops the connection, and the ledger has in flight what was in flight.
        """
        self._feed, self._ahead = feed, Ahead(feed, self._largest)
        self._ended = self.loop.create_future()
        self.watch()
        self._follow()
        try:
            return await self._ended
        except asyncio.CancelledError:
            self.drop()
            raise
        finally:
            self.unwatch()
            self._ended = None

    async def send(self, message: Message) -> Outcome:
        """Sends a single message that no ledger knows of."""
        feed = Single(message)
        reason = await self.run(feed)
        return feed.outcome or broken(Phase.MAIL, reason)

    async def close(self) -> None:
        """QUIT, if the connection is between messages."""
        if self.usable:
            self._ended = self.loop.create_future()
            self.write(b"QUIT\r\n", (Phase.QUIT,))
            await asyncio.wait([self._ended], timeout=self.timeouts.parting)
            self._ended = None
        self.drop()

    # Replies --------------------------------------------------------------------------------------

    def replied(self, phase: Phase, code: int, text: bytes) -> None:
        if phase is Phase.DOT:
            self._end_of_message(code, text)
        elif phase in _ENVELOPE:
            self._envelope_reply(phase, code, text)
        elif phase is Phase.QUIT:
            self._end("")
        elif code == CLOSING or (phase is Phase.RSET and code // 100 != 2):
            self.broke(f"{code} to {phase.value}")
        elif phase is Phase.RSET:
            self._follow()

    def unasked(self, code: int, text: bytes) -> None:
        """A server may refuse a body before its end, or close; any other counts differently."""
        coming = self._coming
        said = f"unasked: {code} {_words(text)}"
        if coming is not None and coming.begun and code // 100 in {4, 5}:
            coming.outcome = judge(Phase.DOT, code, _words(text))
            self.broke(said)
        elif code == CLOSING:
            self.broke(said)
        else:
            self._out_of_step(said)

    def _end_of_message(self, code: int, text: bytes) -> None:
        claim, self._sent = self._sent, None
        outcome = judge(Phase.DOT, code, _words(text))
        assert claim is not None
        assert outcome is not None
        leaves = code == CLOSING or isinstance(outcome, Unknown)
        self._settle(claim, outcome, proper=not leaves)
        if isinstance(outcome, Unknown):
            self._out_of_step(outcome.reply)
        elif leaves:
            self.broke(outcome.reply)
        elif self._coming is None:
            self._follow()
        else:
            self._ask(self._coming)

    def _envelope_reply(self, phase: Phase, code: int, text: bytes) -> None:
        coming = self._coming
        assert coming is not None
        if phase is Phase.DATA:
            coming.answered, coming.go_ahead = True, code == 354
        elif phase is Phase.RCPT:
            coming.nobody = code // 100 in {4, 5}
        outcome = judge(phase, code, _words(text)) if code // 100 != 2 or phase is Phase.DATA else None
        coming.outcome = coming.outcome or outcome
        if isinstance(outcome, Deferred) and code // 100 != 4:
            self._out_of_step(outcome.reply)
        elif code == CLOSING and outcome is not None:
            self.broke(outcome.reply)
        elif coming.answered:
            self._advance(coming)

    # One message after another --------------------------------------------------------------------

    def _follow(self) -> None:
        """Begins the next message, where nothing is on its way; ends where there is none."""
        assert self._ahead is not None
        coming = self._coming = self._ahead.take()
        if coming is None:
            self._flush()
            self._end("")
            return
        if self._feed is not None and self._feed.trusting:
            self.write(self._envelope(coming), _ENVELOPE)
        self._ask(coming)

    def _make_next(self) -> None:
        """Makes the message behind this one while the ledger commits, if it still does."""
        if self._ahead is not None and self._coming is not None and self._coming.begun and not self.gone:
            self._ahead.make()

    def _ask(self, coming: Coming) -> None:
        """Posts the intent for what comes, with the outcome of the message before."""
        assert self._feed is not None
        if self._feed.ending:
            self._coming = None
            self._feed.give_back(coming.claim)
            self._leave() if coming.written else self._follow()
            return
        outcome, self._unposted = self._unposted, None
        coming.intent, coming.asked_at, self._asking = Intent.ASKED, boot_time(), True
        self._feed.post(outcome, coming.claim.ref, self._told)

    def _told(self, stands: bool) -> None:
        coming = self._coming
        assert coming is not None
        assert self._feed is not None
        self._asking = False
        coming.intent = Intent.STANDS if stands else Intent.REFUSED
        if not stands:
            self._feed.skipped(coming.claim)
        if self.gone:
            self._bury()
        elif coming.answered:
            self._advance(coming)
        elif stands and not coming.written:
            self.write(self._envelope(coming), _ENVELOPE)
        elif not stands and not coming.written:
            self._follow()

    def _advance(self, coming: Coming) -> None:
        """Goes on with what the server has answered DATA for, as far as its intent lets it."""
        if coming.intent is Intent.REFUSED and coming.go_ahead:
            self._coming = None
            self._leave()
        elif coming.intent is Intent.REFUSED:
            self._take_back(coming)
        elif coming.intent is Intent.STANDS and coming.outcome is not None:
            self._settle(coming.claim, coming.outcome)
            self._take_back(coming)
        elif coming.intent is Intent.STANDS:
            self._complete(coming)
        elif coming.outcome is None:
            self._begin(coming)

    def _begin(self, coming: Coming) -> None:
        """All but the end of a message whose intent is being committed."""
        coming.begun = True
        self.write(coming.message.body, ())
        self.loop.call_soon(self._make_next)

    def _complete(self, coming: Coming) -> None:
        """What is left of the body, the final dot and the next envelope in one write."""
        feed, ahead = self._feed, self._ahead
        assert feed is not None
        assert ahead is not None
        if boot_time() - coming.asked_at > feed.within:
            self._coming = None
            self._settle(coming.claim, TOO_LATE, proper=False)
            self._leave()
            return
        self._sent = coming.claim
        following = self._coming = ahead.take() if feed.trusting else None
        end = b".\r\n" if coming.begun else coming.message.body + b".\r\n"
        if following is None:
            self.write(end, (Phase.DOT,))
        else:
            self.write(end + self._envelope(following), (Phase.DOT, *_ENVELOPE))

    def _take_back(self, coming: Coming) -> None:
        """Ends an envelope that was refused, or that nothing may follow (RFC 5321 §4.1.1.5)."""
        self._coming = None
        self._flush()
        if coming.go_ahead and not coming.nobody:
            self._leave()  # it refused the sender and wants a body: who knows what a dot would do
            return
        if coming.go_ahead:
            # Nobody was accepted, and still the server wants a body: the dot delivers it to nobody.
            self.write(b".\r\n", (Phase.EMPTY,))
        self.write(b"RSET\r\n", (Phase.RSET,))

    def _envelope(self, coming: Coming) -> bytes:
        coming.written = True
        envelope = coming.message.envelope
        mail = mail_argument(envelope, len(coming.message.body) if self._takes_size else None)
        return f"MAIL {mail}\r\nRCPT {rcpt_argument(envelope)}\r\nDATA\r\n".encode("ascii")

    def _settle(self, claim: Claim[Any], outcome: Outcome, *, proper: bool = True) -> None:
        assert self._feed is not None
        self._flush()
        self._feed.settled(claim, outcome)
        self._unposted = (claim.ref, outcome)
        if proper:
            self._feed.proven()

    def _flush(self) -> None:
        """Posts an outcome that no intent goes with."""
        outcome, self._unposted = self._unposted, None
        if outcome is not None and self._feed is not None:
            self._feed.post(outcome, None, untold)

    # The end --------------------------------------------------------------------------------------

    def broke(self, reason: str) -> None:
        """The server left, or is not to be understood: settles what is open as far as it is known."""
        if self.gone:
            return
        self._reason = reason
        self.drop()
        if self._sent is not None:
            claim, self._sent = self._sent, None
            self._settle(claim, broken(Phase.DOT, reason), proper=False)
        self._flush()
        if not self._asking:
            self._bury()

    def _out_of_step(self, reason: str) -> None:
        """What was said answers nothing that was asked: the server may not be up to what it offered."""
        self._distrust()
        self.broke(reason)

    def _leave(self) -> None:
        """Drops a connection that can be used no further, through no fault of the server's."""
        self.drop()
        self._bury()

    def _bury(self) -> None:
        """Settles what will not be sent any more over this connection."""
        coming, self._coming = self._coming, None
        if self._feed is not None and coming is not None and coming.intent is Intent.UNASKED:
            self._feed.give_back(coming.claim)
        if self._ahead is not None:
            self._ahead.give_back()
        if coming is not None and coming.intent is Intent.STANDS:
            outcome = coming.outcome or broken(self._waited_for(coming), self._reason)
            self._settle(coming.claim, outcome, proper=False)
        self._flush()
        self._end(self._reason)

    def _waited_for(self, coming: Coming) -> Phase:
        """Which of its commands the server did not answer."""
        if coming.begun:
            return Phase.BODY
        return self.awaited[0] if self.awaited and self.awaited[0] in _ENVELOPE else Phase.MAIL

    def _end(self, reason: str) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(reason)


def _words(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
