"""Nodes that share a database: what is one's is nobody else's, and what one leaves is lost to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, update

from feeds.errors import Standby, StoreError
from feeds.model.issue import DeliveryState, Edition, Ref, Skeleton
from feeds.model.subscriber import Cadence, Subscription
from feeds.store import issue_control, issues, state, subscribers
from feeds.store import postgres_ledger as ledger
from feeds.store.editions import insert_edition
from feeds.store.ledger import Due, Settlement
from feeds.store.nodes import name_of
from feeds.store.postgres import PostgresDatabase, open_postgres
from feeds.store.schema.issues import deliveries
from feeds.store.schema.nodes import leases
from feeds.store.schema.nodes import nodes as node_rows
from feeds.store.schema.readers import subscribers as readers
from tests.machine.world import address
from tests.postgres import Cluster

NOW = datetime(2026, 11, 23, 7, 0, 30, tzinfo=UTC)
CHOICE = Subscription((), Cadence.EACH, "en", 7, 0, "UTC")
READERS = 12
D = deliveries.c


class Nodes:
    """Opens the database as node after node."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opened: list[PostgresDatabase] = []

    def __call__(self, folder: Path | None = None) -> PostgresDatabase:
        self.opened.append(open_postgres(self.url, folder))
        return self.opened[-1]


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[Nodes]:
    """Of a database with an issue to twelve readers."""
    nodes = Nodes(cluster.new_database())
    database = nodes()
    with database.write() as connection:
        for number in range(READERS):
            name = f"r{number}"
            reader = subscribers.add(connection, address(name), CHOICE, name=name, consent="form", now=NOW)
            subscribers.confirm(connection, reader.key, watermark=0, now=NOW)
        issue = issues.insert_issue(connection, Cadence.EACH, "#1", NOW, NOW)
        edition = insert_edition(connection, Edition(0, issue.key, "en", (1,), 0, "s", Skeleton((b"x",), ())))
        (choice,) = issues.choices(connection, None)
        issues.enqueue(connection, issue, edition.key, None, choice, top=1, now=NOW)
        issues.freeze(connection, issue)
    yield nodes
    for database in nodes.opened:
        database.close()


def claim(database: PostgresDatabase, limit: int = 100, after: Ref = (0, 0)) -> list[Due]:
    with database.ledger() as connection:
        return ledger.claim(connection, database.node, after, limit, NOW)


def refs(due: list[Due]) -> list[Ref]:
    return [one.ref for one in due]


def intend(database: PostgresDatabase, wanted: list[Ref]) -> set[Ref]:
    with database.ledger() as connection:
        ledger.lock(connection)
        return ledger.intend(connection, database.node, wanted, NOW)


def settle(database: PostgresDatabase, wanted: list[Ref], to: DeliveryState = DeliveryState.SENT) -> None:
    with database.ledger() as connection:
        ledger.settle(connection, database.node, [Settlement(ref, to, "250 ok") for ref in wanted], NOW)


def recover(database: PostgresDatabase, to: DeliveryState = DeliveryState.PENDING) -> int:
    with database.ledger() as connection:
        return ledger.recover(connection, database.node, to, "nobody knows", NOW)


def rows(database: PostgresDatabase, column: str) -> list[object]:
    with database.read() as connection:
        return list(connection.execute(select(D[column]).order_by(D.subscriber)).scalars())


def dies(database: PostgresDatabase, ago: timedelta) -> None:
    """The node is silent, and its lease ended so long ago."""
    node = database.node
    node._stop.set()
    until = database.real_now() - ago
    with database.write() as connection:
        connection.execute(update(node_rows).where(node_rows.c.epoch == node.epoch).values(until=until))


def test_nodes_share_the_deliveries(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    mine, theirs = claim(one, 5), claim(two)
    assert [len(mine), len(theirs)] == [5, READERS - 5]
    assert not {d.ref for d in mine} & {d.ref for d in theirs}
    assert claim(one, after=mine[-1].ref) == []


def test_a_node_claims_again_what_it_did_not_begin(nodes: Nodes) -> None:
    one = nodes()
    assert refs(claim(one)) == refs(claim(one))


def test_what_is_given_back_is_for_others(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    due = claim(one)
    assert claim(two) == []
    with one.ledger() as connection:
        ledger.give_back(connection, one.node, refs(due)[:3])
    assert refs(claim(two)) == refs(due)[:3]


def test_nobody_intends_what_another_claimed(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    assert intend(two, due) == set()
    assert intend(one, due) == set(due)
    assert intend(one, due) == set()


def test_claims_of_a_dead_node_are_taken_over_when_its_lease_ends(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    dies(one, -timedelta(seconds=5))
    assert claim(two) == []
    dies(one, timedelta(seconds=1))
    assert refs(claim(two)) == due
    assert intend(one, due) == set()
    assert intend(two, due) == set(due)


def test_a_lease_that_ends_soon_is_too_short_for_an_intent(nodes: Nodes) -> None:
    one = nodes()
    due = refs(claim(one))
    dies(one, -timedelta(seconds=14))
    assert intend(one, due) == set()


def test_what_a_dead_node_had_in_flight_waits_until_it_cannot_be_on_the_wire(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    assert intend(one, due[:3]) == set(due[:3])
    dies(one, timedelta(seconds=655))
    assert (recover(two), rows(two, "doubts")) == (0, [0] * READERS)
    dies(one, timedelta(seconds=665))
    assert recover(two) == 3
    assert rows(two, "doubts") == [1] * 3 + [0] * (READERS - 3)
    settle(one, due[:3])  # it wakes up, and what it knows comes too late
    assert refs(claim(two)) == due
    settle(one, due[:3])
    assert set(rows(two, "state")) == {"pending"}


def test_a_node_knows_that_earlier_ones_of_its_folder_are_dead(nodes: Nodes, tmp_path: Path) -> None:
    one, elsewhere = nodes(tmp_path / "a"), nodes(tmp_path / "b")
    due = refs(claim(one, 6))
    assert intend(one, due[:3]) == set(due[:3])
    again = nodes(tmp_path / "a")
    assert recover(elsewhere) == 0
    assert recover(again, DeliveryState.UNKNOWN) == 3
    assert refs(claim(again))[:3] == due[3:6]
    with again.read() as connection:
        marks = connection.execute(select(readers.c.watermark).order_by(readers.c.key))
        assert list(marks.scalars()) == [1] * 3 + [0] * (READERS - 3)


def test_an_outcome_is_stored_once_and_moves_the_watermark(nodes: Nodes) -> None:
    one = nodes()
    due = refs(claim(one))
    intend(one, due)
    for _ in range(2):
        settle(one, due)
    assert set(rows(one, "state")) == {"sent"}
    assert set(rows(one, "attempts")) == {1}
    with one.write() as connection:
        assert set(connection.execute(select(readers.c.watermark)).scalars()) == {1}
        (finished,) = issue_control.finish(connection)
        assert finished == due[0][0]


def test_what_is_deferred_is_everybodys_again(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    intend(one, due)
    settle(one, due, DeliveryState.DEFERRED)
    assert refs(claim(two)) == due


def test_an_intent_of_unknown_fate_is_taken_back(nodes: Nodes) -> None:
    one = nodes()
    due = refs(claim(one))
    intend(one, due)
    with one.ledger() as connection:
        ledger.take_back(connection, one.node, due)
        assert ledger.intend(connection, one.node, due, NOW) == set(due)
    assert set(rows(one, "attempts")) == {1}


def leave(database: PostgresDatabase, key: int) -> None:
    with database.write() as connection:
        subscribers.unsubscribe(connection, key, NOW)


def suppress(database: PostgresDatabase, key: int) -> None:
    with database.write() as connection:
        subscribers.suppress(connection, key, reason="bounce", now=NOW)


def erase(database: PostgresDatabase, key: int) -> None:
    with database.write() as connection:
        subscribers.erase(connection, key)


@pytest.mark.parametrize(
    ("change", "becomes"), [(leave, "cancelled"), (suppress, "suppressed"), (erase, "cancelled")]
)
def test_who_leaves_after_the_claim_gets_nothing(
    nodes: Nodes, change: Callable[[PostgresDatabase, int], None], becomes: str
) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    change(two, due[0][1])
    assert intend(one, due) == set(due[1:])
    assert rows(one, "state") == [becomes] + ["inflight"] * (READERS - 1)


@pytest.mark.parametrize("change", [leave, suppress, erase])
def test_whoever_leaves_while_an_intent_is_written_comes_after_it(
    nodes: Nodes, change: Callable[[PostgresDatabase, int], None]
) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    order: list[str] = []

    def goes() -> None:
        change(two, due[0][1])
        order.append("left")

    with one.ledger() as connection:
        ledger.lock(connection)
        thread = Thread(target=goes)
        thread.start()
        thread.join(timeout=0.3)
        assert ledger.intend(connection, one.node, due[:1], NOW) == set(due[:1])
        sent = Settlement(due[0], DeliveryState.SENT, "250 ok")
        ledger.settle(connection, one.node, [sent], NOW)  # writes the reader too: nobody holds it meanwhile
        order.append("intended")
    thread.join()
    assert order == ["intended", "left"]


def test_no_intent_is_written_beside_a_pause(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    due = refs(claim(one))
    stood: list[set[Ref]] = []
    with two.write() as connection:
        issue_control.set_state(connection, due[0][0], "paused", "x")
        thread = Thread(target=lambda: stood.append(intend(one, due)))
        thread.start()
        thread.join(timeout=0.3)
        assert stood == []
    thread.join()
    assert stood == [set()]
    assert set(rows(one, "state")) == {"pending"}


def test_one_node_has_the_turn_until_it_is_gone(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    with one.role("turn"):
        pass
    with pytest.raises(Standby, match="stands by"), two.role("turn"):
        pass
    with one.role("turn"), one.role("turn"):
        pass
    one.close()
    with two.role("turn"), two.write() as connection:
        state.put(connection, "x", "1")


def test_whoever_lost_the_turn_writes_nothing(nodes: Nodes) -> None:
    one, two = nodes(), nodes()
    with one.role("turn"):
        with one.write() as connection:
            state.put(connection, "x", "1")
        with two.write() as connection:
            connection.execute(update(leases).values(until=one.real_now()))
        with two.role("turn"):
            pass
        with pytest.raises(Standby, match="took over"), one.write() as connection:
            state.put(connection, "x", "2")
    with one.write() as connection:  # outside of the turn it writes as everybody does
        assert state.get(connection, "x") == "1"


def test_a_heartbeat_renews_the_node_and_its_leases(nodes: Nodes) -> None:
    one = nodes()
    with one.role("turn"):
        pass
    with one.write() as connection:
        connection.execute(update(leases).values(until=NOW))
        connection.execute(update(node_rows).values(until=NOW))
    assert one.node._renew()
    with one.read() as connection:
        for table in (leases, node_rows):
            (until,) = connection.execute(select(table.c.until)).scalars()
            assert timedelta(seconds=50) < until - one.real_now() < timedelta(seconds=61)


def test_a_copied_folder_is_another_node(nodes: Nodes, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    names = {name_of(tmp_path / name) for name in ("a", "b", "a")}
    assert len(names) == 2


def test_a_restart_in_a_transaction_is_survived(cluster: Cluster, nodes: Nodes) -> None:
    one = nodes()
    due = refs(claim(one))
    tries: list[bool] = []

    def work(again: bool) -> set[Ref]:
        tries.append(again)
        with one.ledger() as connection:
            if again:
                ledger.take_back(connection, one.node, due)
            ledger.lock(connection)
            stands = ledger.intend(connection, one.node, due, NOW)
            if not again:
                cluster.restart()
        return stands

    assert ledger.patiently(work) == set(due)
    assert tries[:2] == [False, True]
    assert set(rows(one, "attempts")) == {1}


def test_what_stays_wrong_is_told_at_once(nodes: Nodes) -> None:
    one = nodes()

    def work(again: bool) -> None:
        assert not again
        with one.ledger() as connection:
            connection.exec_driver_sql("SELECT nothing FROM nowhere")

    with pytest.raises(StoreError, match="nowhere"):
        ledger.patiently(work)


def test_a_notice_goes_to_one_node(nodes: Nodes) -> None:
    from feeds.store import notices

    one, two = nodes(), nodes()
    with one.write() as connection:
        key = notices.add(connection, 1, "welcome", NOW)
    with one.ledger() as first, two.ledger() as second:
        assert notices.intend(first, [key], one.node.epoch) == {key}
        assert notices.intend(second, [key], two.node.epoch) == set()
    with two.ledger() as connection:
        notices.settle(connection, [(key, "sent", "", None)], two.node.epoch)
        assert notices.count_waiting(connection) == 1
        notices.settle(connection, [(key, "sent", "", None)], one.node.epoch)
        assert notices.count_waiting(connection) == 0


def test_there_is_something_due_for_whoever_may_claim_it(nodes: Nodes) -> None:
    one, two = nodes(), nodes()

    def due_for(database: PostgresDatabase) -> bool:
        with database.read() as connection:
            return ledger.anything_due(connection, database.node, NOW)

    assert due_for(one)
    due = refs(claim(one))
    assert (due_for(one), due_for(two)) == (True, False)
    intend(one, due)
    assert (due_for(one), due_for(two)) == (True, False)
    dies(one, timedelta(seconds=665))
    assert due_for(two)
