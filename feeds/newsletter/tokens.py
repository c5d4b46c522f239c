"""Tokens: what makes a link in a mail the reader's own, and Message-IDs that a retry repeats.

A token is the base64url form of: subscriber (5 bytes), generation (3 bytes), for some purposes the
time of issue, and 16 bytes of BLAKE2b over all that, keyed, and personalised by the purpose. Its
length is a multiple of three bytes, so that it has no padding and exactly one spelling, and is the
same for every reader, which the splice relies on (``holes``).

A bounce token names a mail and opens nothing. It stands in the envelope's sender, where servers on the way
may fold its case, so it is in hexadecimal: issue (4 bytes), subscriber (5 bytes) and 12 bytes of the same.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from hmac import compare_digest

from feeds.errors import InvalidToken
from feeds.model.noun import dataclass

CONFIRM_HOURS = 72
PREFERENCES_DAYS = 30

BOUNCE_TOKEN = re.compile(r"[0-9a-f]{42}", re.IGNORECASE)
"""What a bounce token looks like."""

_BOUNCE_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{42}(?![0-9A-Za-z])", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<((?:i([0-9]{1,9})\.s|n)([0-9]{1,12}))\.([0-9a-f]{16})@")

_MAC_BYTES = 16
_ISSUE_BYTES = 4
_BOUNCE_MAC_BYTES = 12
"""It takes room from the 64 octets of a local part; 96 bits are more than anybody can try out by mail."""
_SUBSCRIBER_BYTES = 5
_GENERATION_BYTES = 3
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Purpose(StrEnum):
    """What a token lets its bearer do."""

    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class _Kind:
    stamp_bytes: int
    """How many bytes the time of issue takes; none where the token never expires."""
    unit: timedelta
    """What the time of issue is counted in."""
    lifetime: timedelta | None
    cure: str = ""
    """What the reader can do about a token that is too old."""

    @property
    def length(self) -> int:
        return (_SUBSCRIBER_BYTES + _GENERATION_BYTES + self.stamp_bytes + _MAC_BYTES) // 3 * 4


_KINDS = {
    Purpose.UNSUBSCRIBE: _Kind(0, timedelta(days=1), None),
    Purpose.PREFERENCES: _Kind(
        3, timedelta(days=1), timedelta(days=PREFERENCES_DAYS), "The newest mail has a fresh one."
    ),
    Purpose.CONFIRM: _Kind(6, timedelta(seconds=1), timedelta(hours=CONFIRM_HOURS), "Please sign up again."),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a verified token says."""

    purpose: Purpose
    subscriber: int
    generation: int
    """The bearer has to compare it with the subscriber's: an older one no longer counts."""
    issued: datetime | None
    """The start of the day or second of issue; None for a token that never expires."""


def token_length(purpose: Purpose) -> int:
    """How many characters every token of this purpose has."""
    return _KINDS[purpose].length


class Signer:
    """Makes and verifies tokens with one secret key."""

    def __init__(self, key: bytes) -> None:
        if not 16 <= len(key) <= blake2b.MAX_KEY_SIZE:
            raise ValueError(
                f"the signing key has {len(key)} bytes; it must have 16 to {blake2b.MAX_KEY_SIZE}"
            )
        self._key = key

    def token(
        self, purpose: Purpose, subscriber: int, generation: int, issued: datetime | None = None
    ) -> str:
        """The token; ``issued`` is needed where the purpose expires, and counts by the day for preferences.

        A digest passes the day its issue was due, so that a retry has the same bytes.
        """
        return self.tokens(purpose, issued)(subscriber, generation)

    def tokens(self, purpose: Purpose, issued: datetime | None = None) -> Callable[[int, int], str]:
        """What makes the ``token`` of a subscriber and a generation, for all mails of this time of issue."""
        kind = _KINDS[purpose]
        if kind.stamp_bytes and issued is None:
            raise ValueError(f"a token for {purpose} needs the time of its issue")
        stamp = (
            ((issued - _EPOCH) // kind.unit).to_bytes(kind.stamp_bytes)
            if issued and kind.stamp_bytes
            else b""
        )
        begun = self._begun(purpose)

        def token(subscriber: int, generation: int) -> str:
            content = subscriber.to_bytes(_SUBSCRIBER_BYTES) + generation.to_bytes(_GENERATION_BYTES) + stamp
            mac = begun.copy()
            mac.update(content)
            return urlsafe_b64encode(content + mac.digest()).decode("ascii")

        return token

    def verify(self, token: str, purpose: Purpose, now: datetime, max_age: timedelta | None = None) -> Claim:
        """What the token says, if we made it for this purpose and it is not older than ``max_age``.

        Without ``max_age`` the purpose's own lifetime counts. Raises InvalidToken.
        """
        kind = _KINDS[purpose]
        if len(token) != kind.length or not _BASE64URL.fullmatch(token):
            raise InvalidToken("This link is not complete. Please copy the whole link from the mail.")
        signed = urlsafe_b64decode(token)
        content, mac = signed[:-_MAC_BYTES], signed[-_MAC_BYTES:]
        if not compare_digest(mac, self._mac(purpose, content)):
            raise InvalidToken("This link is not valid. Please use the link from the newest mail.")
        claim = _claim(purpose, kind, content)
        lifetime = max_age or kind.lifetime
        if claim.issued and lifetime and now >= claim.issued + lifetime + kind.unit:  # whole days or seconds
            raise InvalidToken(f"This link is too old. {kind.cure}")
        return claim

    def message_id(self, issue: int, subscriber: int, domain: str) -> str:
        """The Message-ID, in angle brackets, of an issue's mail to one reader: the same for every attempt."""
        return self._message_id(f"i{issue}.s{subscriber}", domain)

    def notice_id(self, notice: int, domain: str) -> str:
        """The Message-ID, in angle brackets, of a notice."""
        return self._message_id(f"n{notice}", domain)

    def bounce_token(self, issue: int, number: int) -> str:
        """Names an issue's mail to this subscriber, or the notice of this number under 0, in its envelope."""
        content = issue.to_bytes(_ISSUE_BYTES) + number.to_bytes(_SUBSCRIBER_BYTES)
        return (content + self._bounce_mac(content)).hex()

    def bounced(self, token: str) -> tuple[int, int] | None:
        """Issue and number of the mail that a bounce token names; None if we did not make it."""
        if not BOUNCE_TOKEN.fullmatch(token):
            return None
        signed = bytes.fromhex(token)
        content, mac = signed[:-_BOUNCE_MAC_BYTES], signed[-_BOUNCE_MAC_BYTES:]
        if not compare_digest(mac, self._bounce_mac(content)):
            return None
        return int.from_bytes(content[:_ISSUE_BYTES]), int.from_bytes(content[_ISSUE_BYTES:])

    def bounce_in(self, text: str) -> tuple[int, int] | None:
        """The mail that the first token in this text names, such as an address; None where none does."""
        found = (self.bounced(token) for token in _BOUNCE_IN_TEXT.findall(text))
        return next((named for named in found if named is not None), None)

    def mail_of(self, message_id: str) -> tuple[int, int] | None:
        """The mail that has this Message-ID, named as in a bounce token; None if we did not make it."""
        found = _MESSAGE_ID.search(message_id)
        if found is None or not compare_digest(self._message_mac(found[1]), found[4]):
            return None
        return int(found[2] or 0), int(found[3])

    def _bounce_mac(self, content: bytes) -> bytes:
        return blake2b(content, digest_size=_BOUNCE_MAC_BYTES, key=self._key, person=b"bounce").digest()

    def _message_id(self, name: str, domain: str) -> str:
        return f"<{name}.{self._message_mac(name)}@{domain}>"

    def _message_mac(self, name: str) -> str:
        return blake2b(name.encode("ascii"), digest_size=8, key=self._key, person=b"message-id").hexdigest()

    def _mac(self, purpose: Purpose, content: bytes) -> bytes:
        mac = self._begun(purpose)
        mac.update(content)
        return mac.digest()

    def _begun(self, purpose: Purpose) -> blake2b:
        return blake2b(digest_size=_MAC_BYTES, key=self._key, person=purpose.encode("ascii"))


def _claim(purpose: Purpose, kind: _Kind, content: bytes) -> Claim:
    subscriber = int.from_bytes(content[:_SUBSCRIBER_BYTES])
    stamp = content[_SUBSCRIBER_BYTES + _GENERATION_BYTES :]
    generation = int.from_bytes(content[_SUBSCRIBER_BYTES : len(content) - len(stamp)])
    issued = _EPOCH + int.from_bytes(stamp) * kind.unit if stamp else None
    return Claim(purpose, subscriber, generation, issued)
