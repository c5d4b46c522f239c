"""Three nodes share an issue: PostgreSQL, a receiver and the daemons start, send, and are held to account.

    python -m tests.cluster                          go on until Ctrl-C: more posts may be put into the folder
    python -m tests.cluster --once                   end once every reader has the mail
    python -m tests.cluster --once --kill 4          SIGKILL a node every four seconds; it starts again
    python -m tests.cluster --once --restart         PostgreSQL crashes and comes back in the middle

Prints how many mails each node sent; ends by 1 if a reader got none, or one too many that was not in doubt.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster.nodes import Newsroom
from tests.faults.sink import program
from tests.postgres import Cluster, programs

_OFTEN = 2.0
"""Seconds between two lines."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.cluster",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--readers", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=8, help="of each node")
    parser.add_argument("--unknown", choices=["resend", "hold"], default="resend")
    parser.add_argument("--once", action="store_true", help="end with the issue")
    parser.add_argument("--kill", type=float, default=0, metavar="SECONDS", help="how often a node is killed")
    parser.add_argument("--restart", action="store_true", help="let PostgreSQL crash in the middle")
    parser.add_argument("--slow", action="store_true", help="the receiver takes a second for each mail")
    options = parser.parse_args()
    found = programs()
    if found is None or program("smtp-sink") is None:
        print(
            "this needs PostgreSQL and Postfix's smtp-sink (apt install postgresql postfix)", file=sys.stderr
        )
        return 2
    print(f"PostgreSQL starts, and {options.readers:,} readers sign up", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="kawaraban-cluster-"))
    folder.chmod(0o755)  # smtp-sink gives up its rights before it writes
    server = Cluster(found, durable=True)
    try:
        server.start()
        room = Newsroom.made(
            folder, server, nodes=options.nodes, readers=options.readers, connections=options.connections,
            unknown=options.unknown, slow=options.slow,
        )  # fmt: skip
        try:
            return _play(room, options)
        finally:
            room.close()
    except KeyboardInterrupt:
        return 130
    finally:
        server.remove()
        shutil.rmtree(folder)


def _play(room: Newsroom, options: argparse.Namespace) -> int:
    for node in room.nodes:
        node.start()
    print(f"{len(room.nodes)} nodes in {room.folder}; posts go into {room.folder / 'posts'}", flush=True)
    room.write_new_post()
    started, kills, next_kill = time.monotonic(), 0, time.monotonic() + (options.kill or 1e9)
    restart = options.restart
    said, when = "", 0.0
    while not (options.once and room.finished()):
        states, shares = room.states(), room.shares()
        sent = states.get("sent", 0)
        line = f"sent {sent} of {room.readers}" + "".join(f", {k} {v}" for k, v in shares.items())
        if line != said and time.monotonic() >= when:
            print(f"{time.monotonic() - started:6.1f} s  {line}", flush=True)
            said, when = line, time.monotonic() + _OFTEN
        if restart and sent > room.readers // 3:
            restart = False
            print("          PostgreSQL stops without a word, and comes back", flush=True)
            room.server.restart()
        if time.monotonic() > next_kill and sent:
            node = random.choice(room.nodes)
            node.kill()
            node.start()
            kills, next_kill = kills + 1, time.monotonic() + options.kill
            print(f"          {node.folder.name} was killed and starts again", flush=True)
        time.sleep(0.25)
    seconds = time.monotonic() - started
    for node in room.nodes:
        node.stop()
    verdict = room.judged()
    shares = ", ".join(f"{name} {count}" for name, count in room.shares().items())
    print(f"{seconds:.1f} s, {kills} kills; sent by {shares}")
    print(
        f"readers {verdict.messages}, lost {verdict.lost}, twice {verdict.duplicated}, "
        f"unknown {verdict.unknown}; {'; '.join(verdict.complaints) or 'the contract held'}"
    )
    if verdict.duplicated and not verdict.complaints:
        print("those that came twice were on the wire when a node was killed; the ledger names each of them")
    return 1 if verdict.complaints or verdict.messages != room.readers else 0


if __name__ == "__main__":
    sys.exit(main())
