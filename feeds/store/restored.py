"""What a restored copy does not know: what was open in it, and may have been mailed since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select, update

from feeds.model.issue import DeliveryState
from feeds.model.noun import dataclass
from feeds.store import issue_control, state
from feeds.store.intents import hold_intents
from feeds.store.notices import WAITING
from feeds.store.open_deliveries import OPEN, select_open
from feeds.store.schema.issues import deliveries, issues, notices
from feeds.store.schema.posts import posts
from feeds.store.schema.readers import subscribers

_GAPS = {"subscribers": 1_000_000, "notices": 1_000_000, "issues": 10_000}
"""More than the original can have made of each since: their numbers stand in links and Message-IDs."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """What the original may have mailed since the copy was made."""

    deliveries: int
    notices: int
    posts: tuple[str, ...]
    """Paths of posts without a number."""


def doubtful(connection: Connection, copied: datetime) -> Doubtful:
    """What is open, and what a copy of that moment cannot know to be new."""
    waiting = select(func.count()).select_from(notices).where(_waiting_notices(copied))
    paths = select(posts.c.path).where(_unnumbered(copied)).order_by(posts.c.published, posts.c.path)
    return Doubtful(
        connection.execute(select_open(func.count(deliveries.c.issue))).scalar() or 0,
        connection.execute(waiting).scalar() or 0,
        tuple(connection.execute(paths).scalars()),
    )


def send_from_now(connection: Connection, copied: datetime, reply: str) -> None:
    """Counts all that could be sent now as mailed: open deliveries are unknown, and their issues end."""
    _number(connection, copied)
    hold_intents(connection)
    settled = {"state": DeliveryState.UNKNOWN.value, "reply": reply[:500], "next_at": None}
    connection.execute(update(deliveries).where(OPEN).values(doubts=deliveries.c.doubts + 1, **settled))
    on = case((issues.c.state == "cancelling", "cancelling"), else_="open")
    connection.execute(
        update(issues).where(issues.c.state.in_(("open", "paused", "cancelling"))).values(state=on)
    )
    cancelled = {"state": "cancelled", "reply": reply[:500], "next_at": None}
    connection.execute(update(notices).where(_waiting_notices(copied)).values(**cancelled))
    _pass_over(connection)
    issue_control.finish(connection)
    _leave_gaps(connection)


def send_again(connection: Connection, copied: datetime) -> None:
    """Lets what was open go out, the same bytes with the same Message-ID; all else counts as mailed.

    Whoever waits for one is past all other posts once they have it.
    """
    _number(connection, copied)
    hold_intents(connection)
    again = {"state": DeliveryState.PENDING.value, "next_at": None, "top": state.top_sequence(connection)}
    connection.execute(update(deliveries).where(OPEN).values(doubts=deliveries.c.doubts + 1, **again))
    _pass_over(connection)
    issue_control.finish(connection)
    _leave_gaps(connection)


def _pass_over(connection: Connection) -> None:
    """Makes all that has a number old to everybody who waits for nothing."""
    top = state.top_sequence(connection)
    waits = exists().where(deliveries.c.subscriber == subscribers.c.key, OPEN)
    below = update(subscribers).where(subscribers.c.watermark < top, ~waits)
    connection.execute(below.values(watermark=top))


def _unnumbered(copied: datetime) -> ColumnElement[bool]:
    """Posts that wait for their number, also those that were held as many came at once into the copy."""
    may_go = or_(posts.c.hold == "", and_(posts.c.hold == "bulk", posts.c.first_seen >= copied))
    return and_(posts.c.state == "visible", posts.c.sequence.is_(None), posts.c.in_mail, may_go)


def _waiting_notices(copied: datetime) -> ColumnElement[bool]:
    """Those that the original had too; whoever asked since asked here."""
    return and_(notices.c.state.in_(WAITING), notices.c.created <= copied)


def _number(connection: Connection, copied: datetime) -> None:
    """Gives these posts their numbers, as the first scan of an archive does."""
    query = select(posts.c.key).where(_unnumbered(copied)).order_by(posts.c.published, posts.c.path)
    keys = list(connection.execute(query).scalars())
    if keys:
        for key, number in zip(keys, state.take_sequence(connection, len(keys)), strict=True):
            numbered = update(posts).where(posts.c.key == key)
            connection.execute(numbered.values(sequence=number, carried=True, hold=""))


def _leave_gaps(connection: Connection) -> None:
    """Leaves out the numbers that the original may have given since."""
    for table, gap in _GAPS.items():
        if connection.dialect.name == "postgresql":
            sequence = f"pg_get_serial_sequence('{table}', 'key')"
            connection.exec_driver_sql(f"SELECT setval({sequence}, nextval({sequence}) + {gap})")
            continue
        moved = connection.exec_driver_sql(
            "UPDATE sqlite_sequence SET seq = seq + ? WHERE name = ?", (gap, table)
        )
        if not moved.rowcount:
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, gap))
