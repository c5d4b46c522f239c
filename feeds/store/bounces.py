"""Reports that were recorded: which mails came back, and which readers complained."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, distinct, func, insert, select, true, update

from feeds.model.bounce import BounceKind, BounceLine, Past, Receipt, Report
from feeds.model.issue import DeliveryState, Ref
from feeds.store import notices
from feeds.store.schema.issues import deliveries
from feeds.store.schema.readers import bounces, receipts, subscribers, suppressions


def reader_of(connection: Connection, ref: Ref) -> int | None:
    """The subscriber that a mail went to, a notice under issue 0; None where nobody is known any more."""
    issue, number = ref
    key = number if issue else notices.reader_of(connection, number)
    return connection.execute(select(subscribers.c.key).where(subscribers.c.key == key)).scalar()


def newest_sent(connection: Connection, subscriber: int) -> Ref | None:
    """The newest delivery that this reader was sent."""
    query = select(func.max(deliveries.c.issue)).where(
        deliveries.c.subscriber == subscriber, deliveries.c.state == DeliveryState.SENT.value
    )
    issue = connection.execute(query).scalar()
    return None if issue is None else (issue, subscriber)


def add(connection: Connection, ref: Ref, subscriber: int, report: Report, now: datetime) -> bool:
    """Records the report; False where one of this kind about this mail was recorded before."""
    identity = {"issue": ref[0], "number": ref[1], "kind": report.kind.value}
    known = select(bounces.c.kind).where(
        and_(*(bounces.c[name] == value for name, value in identity.items()))
    )
    if connection.execute(known).first() is not None:
        return False
    said = {"status": report.status, "diagnostic": report.diagnostic.replace("\0", " ")}
    connection.execute(insert(bounces).values(**identity, subscriber=subscriber, at=now, counts=True, **said))
    return True


def past(connection: Connection, subscriber: int, limit: int = 1000) -> list[Past]:
    """What this reader was sent, newest first, and what came back of it and still counts."""
    soft = _reports_of_delivery(BounceKind.SOFT)
    other = _reports_of_delivery(BounceKind.HARD, BounceKind.REFUSED)
    query = (
        select(
            deliveries.c.changed,
            case((soft, BounceKind.SOFT.value), (other, BounceKind.REFUSED.value), else_=None),
        )
        .where(deliveries.c.subscriber == subscriber, deliveries.c.state == DeliveryState.SENT.value)
        .order_by(deliveries.c.issue.desc())
        .limit(limit)
    )
    rows = connection.execute(query)
    return [Past(row[0], None if row[1] is None else BounceKind(row[1])) for row in rows]


def count(connection: Connection, receipt: Receipt) -> None:
    """One more mail of which this became."""
    this = receipts.c.receipt == receipt.value
    moved = connection.execute(update(receipts).where(this).values(count=receipts.c.count + 1))
    if not moved.rowcount:
        connection.execute(insert(receipts).values(receipt=receipt.value, count=1))


def counts(connection: Connection) -> dict[Receipt, int]:
    """How many mails came in, by what became of them."""
    rows = {row[0]: row[1] for row in connection.execute(select(receipts.c.receipt, receipts.c.count))}
    return {receipt: rows.get(receipt.value, 0) for receipt in Receipt}


def by_issue(connection: Connection, only: int | None = None) -> Mapping[int, tuple[int, int]]:
    """How many mails of each issue came back, and of how many their reader complained."""
    complained = bounces.c.kind == BounceKind.COMPLAINT.value
    query = (
        select(
            bounces.c.issue,
            func.count(distinct(case((complained, None), else_=bounces.c.number))),
            func.count(case((complained, 1), else_=None)),
        )
        .where(bounces.c.issue != 0 if only is None else bounces.c.issue == only)
        .group_by(bounces.c.issue)
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def of_issue(connection: Connection, issue: int) -> Mapping[int, str]:
    """By subscriber what was reported about an issue's mails: ``hard 5.1.1``."""
    query = select(bounces.c.number, bounces.c.kind, bounces.c.status).where(bounces.c.issue == issue)
    found: dict[int, str] = {}
    for number, kind, status in connection.execute(query.order_by(bounces.c.at, bounces.c.kind)):
        told = f"{kind} {status}".strip()
        found[number] = f"{found[number]}, {told}" if number in found else told
    return found


def newest(connection: Connection, limit: int, subscriber: int | None = None) -> list[BounceLine]:
    """The last reports, newest first: of everybody, or of one reader."""
    suppressed = select(suppressions.c.created).where(
        suppressions.c.address_hash == subscribers.c.address_hash
    )
    query = (
        select(
            bounces,
            func.coalesce(subscribers.c.email, "(erased)").label("email"),
            suppressed.exists().label("no"),
        )
        .select_from(bounces.outerjoin(subscribers, subscribers.c.key == bounces.c.subscriber))
        .where(true() if subscriber is None else bounces.c.subscriber == subscriber)
        .order_by(bounces.c.at.desc(), bounces.c.issue.desc(), bounces.c.number, bounces.c.kind)
        .limit(limit)
    )
    return [
        BounceLine(r.at, r.email, r.issue, BounceKind(r.kind), r.status, r.diagnostic, bool(r.no))
        for r in connection.execute(query)
    ]


def _reports_of_delivery(*kinds: BounceKind) -> ColumnElement[bool]:
    return (
        select(bounces.c.kind)
        .where(
            bounces.c.issue == deliveries.c.issue,
            bounces.c.number == deliveries.c.subscriber,
            bounces.c.kind.in_([kind.value for kind in kinds]),
            bounces.c.counts,
        )
        .exists()
    )
