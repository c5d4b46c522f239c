"""Receive: a mail came to the address for bounces, and what it reports is recorded once."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from feeds.bounces.read import Incoming, read
from feeds.errors import InvalidToken
from feeds.model.bounce import BounceKind, Receipt, Received, Report, worn_out
from feeds.model.issue import Ref
from feeds.newsletter.tokens import Purpose, Signer, token_length
from feeds.store import bounces, state, subscribers
from feeds.store.database import Database

TEST = (0, 0)
"""What the token of a test mail names."""

_TOKEN = re.compile(rf"/unsubscribe/([A-Za-z0-9_-]{{{token_length(Purpose.UNSUBSCRIBE)}}})(?![A-Za-z0-9_-])")

log = logging.getLogger(__name__)


def receive(database: Database, signer: Signer, mail: bytes, recipient: str, now: datetime) -> Received:
    """Records what the mail reports, and suppresses the address where that follows.

    It is about the mail that a token of ours names, and so about its reader; whom else it speaks of counts
    for nothing. ``recipient``: the address that it came to, where the mail server says so beside the mail.
    """
    incoming = read(mail)
    ref = next(_named(signer, incoming, recipient), None)
    with database.write() as connection:
        if ref is None:
            ref = _by_way_out(connection, signer, incoming, now)
        received = _record(connection, ref, incoming, now)
        bounces.count(connection, received.receipt)
    _tell(received, len(mail))
    return received


def _named(signer: Signer, incoming: Incoming, recipient: str) -> Iterator[Ref]:
    """The mails that it may be about, best first."""
    for text in (recipient, *incoming.recipients, *incoming.senders):
        if (ref := signer.bounce_in(text)) is not None:
            yield ref
    if _is_complaint(incoming.report):  # from these providers take the envelope
        for message_id in incoming.message_ids:
            if (ref := signer.mail_of(message_id)) is not None:
                yield ref


def _by_way_out(connection: Connection, signer: Signer, incoming: Incoming, now: datetime) -> Ref | None:
    """By the link to unsubscribe (RFC 8058): of a complaint whose Message-ID is the relay's own."""
    if not _is_complaint(incoming.report):
        return None
    for token in (token for text in incoming.ways_out for token in _TOKEN.findall(text)):
        try:
            claim = signer.verify(token, Purpose.UNSUBSCRIBE, now)
        except InvalidToken:
            continue
        reader = subscribers.by_key(connection, claim.subscriber)
        if reader is not None and reader.generation == claim.generation:
            return bounces.newest_sent(connection, reader.key)
    return None


def _is_complaint(report: Report | None) -> bool:
    return report is not None and report.kind is BounceKind.COMPLAINT


def _record(connection: Connection, ref: Ref | None, incoming: Incoming, now: datetime) -> Received:
    report = incoming.report
    if ref is None:
        return Received(Receipt.NO_TOKEN)
    if report is None:
        return Received(incoming.why_not, ref[0])
    if ref == TEST:
        return Received(Receipt.TEST, status=report.status)
    reader = bounces.reader_of(connection, ref)
    if reader is None:
        return Received(Receipt.NO_READER, ref[0], status=report.status)
    if not bounces.add(connection, ref, reader, report, now):
        return Received(Receipt.AGAIN, ref[0], reader, report.status)
    reason = _reason_to_suppress(connection, reader, report, now)
    if reason:
        subscribers.suppress(connection, reader, reason=reason, now=now)
    state.remember_instant(connection, now)
    return Received(Receipt(report.kind.value), ref[0], reader, report.status, bool(reason))


def _reason_to_suppress(connection: Connection, reader: int, report: Report, now: datetime) -> str:
    told = f"{report.status} {report.diagnostic}".strip()
    if report.kind is BounceKind.COMPLAINT:
        return f"complaint: {told}"
    if report.kind is BounceKind.HARD:
        return f"bounced: {told}"
    if report.kind is BounceKind.SOFT and worn_out(bounces.past(connection, reader), now):
        return f"bounced for weeks: {told}"
    return ""


def _tell(received: Received, octets: int) -> None:
    if received.subscriber:
        level = logging.WARNING if received.receipt is Receipt.REFUSED else logging.INFO
        log.log(
            level,
            "event=bounce kind=%s status=%s issue=%d subscriber=%d suppressed=%s",
            received.receipt,
            received.status,
            received.issue,
            received.subscriber,
            "yes" if received.suppressed else "no",
        )
    else:
        log.info("event=bounce_ignored reason=%s octets=%d", received.receipt, octets)
