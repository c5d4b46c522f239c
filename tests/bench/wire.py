"""Messages a second through the whole stage, beside Postfix's smtp-source, with a ledger in memory.

``python -m tests.bench.wire [MESSAGES] [CONNECTIONS] [ROUNDS]``; each run of ours stands between
two of smtp-source with the same number of sessions and the same size, and is compared with their mean.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence

from feeds.delivery.engine import Claim, Tally, deliver
from feeds.delivery.smtp import Security, SmtpTransport
from feeds.model.address import EmailAddress
from feeds.model.message import Envelope, Message, Outcome
from tests.delivery.conftest import SBIN
from tests.ports import free_port, wait_for

SIZE = 30_000


class FastLedger:
    """Grants every intent at once and counts."""

    def __init__(self, count: int) -> None:
        self._pending = deque(range(count))
        line = b"QUJD" * 19 + b"\r\n"
        self._head = b"Message-ID: <x@kawaraban.test>\r\n\r\n" + line * (SIZE // len(line) // 2)
        self._tail = line * (SIZE // len(line) // 2)

    def claim(self, limit: int) -> list[Claim[int]]:
        taken = [self._pending.popleft() for _ in range(min(limit, len(self._pending)))]
        return [Claim(ref, 1, lambda ref=ref: self._message(ref)) for ref in taken]

    def commit(self, outcomes: Sequence[tuple[int, Outcome]], intents: Sequence[int]) -> set[int]:
        return set(intents)

    def _message(self, ref: int) -> Message:
        recipient = EmailAddress(f"reader{ref}", "example.test")
        body = b"".join((self._head, b"%076d\r\n" % ref, self._tail))  # what a splice does
        return Message(Envelope("bounce@kawaraban.test", recipient), body)


def ours(port: int, count: int, connections: int) -> tuple[float, Tally, float]:
    """Messages a second, the tally, and the microseconds of CPU that a message took."""
    ledger = FastLedger(count)
    transport = SmtpTransport("127.0.0.1", port, "client.test", Security.NONE)
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    tally = asyncio.run(deliver(ledger, transport, connections=connections))
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert tally.sent == count, tally
    return count / seconds, tally, cpu / count * 1e6


def yardstick(port: int, count: int, sessions: int) -> float:
    """Messages a second of smtp-source."""
    program = shutil.which("smtp-source", path=SBIN)
    assert program, "smtp-source comes with Postfix"
    command = [program, "-d", "-s", str(sessions), "-m", str(count), "-l", str(SIZE)]
    began = time.perf_counter()
    subprocess.run([*command, "-f", "a@x.test", "-t", "b@x.test", f"127.0.0.1:{port}"], check=True)
    return count / (time.perf_counter() - began)


def main(count: int = 10_000, connections: int = 32, rounds: int = 5) -> None:
    """Prints one line a round and the medians."""
    program = shutil.which("smtp-sink", path=SBIN)
    assert program, "smtp-sink comes with Postfix"
    port = free_port()
    sink = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "512"])
    ratios = []
    try:
        wait_for(port)
        before = yardstick(port, count, connections)
        for _ in range(rounds):
            rate, tally, cpu = ours(port, count, connections)
            after = yardstick(port, count, connections)
            ratios.append(rate / ((before + after) / 2))
            print(
                f"{rate:6.0f} msg/s, smtp-source {before:6.0f} and {after:6.0f}, ratio {ratios[-1]:.2f}, "
                f"{tally.sent / tally.commits:.1f} messages a commit, {cpu:.0f} µs CPU a message"
            )
            before = after
    finally:
        sink.terminate()
        sink.wait()
    print(f"median ratio {statistics.median(ratios):.2f} at {connections} connections")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
