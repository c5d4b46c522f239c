"""Cases 33 to 35: nodes that share a database are killed, lose it, or sleep through their leases."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from tests.cluster.nodes import Newsroom
from tests.faults.sink import program
from tests.faults.trial import Skip, Trial
from tests.postgres import Cluster, programs

CONNECTIONS = 8


def nodes_killed(trial: Trial) -> None:
    """Case 33: SIGKILL one of three nodes every few seconds; it starts again where it was."""
    kills = {"short": 2, "quick": 3, "long": 40}[trial.size]
    room = newsroom(trial, readers=24 * 3 * (kills + 1), slow=True)
    for node in room.nodes:
        node.start()
    done = 0
    while not ended(room):
        if done < kills and room.states().get("sent", 0) > done * 24:
            node = trial.random.choice(room.nodes)
            time.sleep(trial.random.uniform(0, 1.5))
            node.kill()
            node.start()
            done += 1
            time.sleep(2)
        time.sleep(0.2)
    trial.verdict.kills += done
    finish(trial, room)
    trial.verdict.expect(
        trial.verdict.unknown <= done * CONNECTIONS, "more unknown than connections times kills"
    )


def server_restarted(trial: Trial) -> None:
    """Case 34: PostgreSQL is stopped at once (``-m immediate``) in the middle, and comes back."""
    restarts = {"short": 1, "quick": 3, "long": 20}[trial.size]
    room = newsroom(trial, readers=1500 * (restarts + 1))
    for node in room.nodes:
        node.start()
    for number in range(restarts):
        wait(room, lambda number=number: room.states().get("sent", 0) > 700 + number * 1500)  # type: ignore[misc]
        room.server.restart()
    wait(room, lambda: ended(room))
    finish(trial, room)
    trial.verdict.expect(trial.verdict.duplicated == 0, "a server that came back cost a duplicate")
    trial.verdict.expect(trial.verdict.unknown == 0, "a server that came back left somebody in doubt")


def lease_run_out(trial: Trial) -> None:
    """Case 35: a node is stopped (SIGSTOP) until others took over what it had claimed, and goes on."""
    room = newsroom(trial, readers=1500, slow=True)
    for node in room.nodes:
        node.start()
    wait(room, lambda: len(room.shares()) == len(room.nodes))
    sleeper = room.nodes[-1].process
    assert sleeper is not None
    before = room.shares()
    os.kill(sleeper.pid, signal.SIGSTOP)
    wait(room, lambda: room.states().get("pending", 0) == 0, seconds=240)
    trial.verdict.expect(sum(room.shares().values()) > sum(before.values()), "nobody took over")
    os.kill(sleeper.pid, signal.SIGCONT)
    wait(room, lambda: ended(room))
    finish(trial, room)


def newsroom(trial: Trial, *, readers: int, slow: bool = False) -> Newsroom:
    """Three nodes and their server, which end with the trial."""
    found = programs()
    if found is None:
        raise Skip("PostgreSQL is not installed (apt-get install postgresql)")
    if program("smtp-sink") is None:
        raise Skip("smtp-sink is not installed (apt-get install postfix)")
    server = Cluster(found, durable=True)
    trial.afterwards(server.remove)
    server.start()
    folder = trial.folder / "newsroom"
    folder.mkdir()
    room = Newsroom.made(
        folder, server, nodes=3, readers=readers, connections=CONNECTIONS, unknown=trial.policy, slow=slow
    )
    trial.afterwards(room.close)
    room.write_new_post()
    return room


def ended(room: Newsroom) -> bool:
    return room.finished()


def finish(trial: Trial, room: Newsroom) -> None:
    """Stops the nodes, and judges."""
    for node in room.nodes:
        node.stop()
    trial.verdict.add(room.judged())
    shares = ", ".join(f"{name} {count}" for name, count in room.shares().items())
    trial.verdict.notes.append(f"sent by {shares}")


def wait(room: Newsroom, until: Callable[[], bool], *, seconds: float = 180.0) -> None:
    """Until it holds. Raises AssertionError where that takes too long."""
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"the nodes do not get on: {room.states()}"
        time.sleep(0.1)
