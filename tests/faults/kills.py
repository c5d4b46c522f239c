"""Cases 1 to 8 and 32: processes that are killed, stopped, told to end, or there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable

from tests.faults.judge import OPEN
from tests.faults.proxy import Break, Event, Proxy
from tests.faults.sink import Sink
from tests.faults.trial import Trial

MOMENTS = ("before", "during", "after")
_KILLS = {
    "short": {"kills": 3, "readers": 600},
    "quick": {"kills": 8, "readers": 1500},
    "long": {"kills": 100, "readers": 5000},
}


def random_kills(trial: Trial) -> None:
    """Case 1: SIGKILL at any moment, again and again; each life sends a little."""
    _kill_loop(trial, **_KILLS[trial.size])
    bound = trial.verdict.kills * 32
    if trial.policy == "hold":
        trial.verdict.expect(trial.verdict.duplicated == 0, "a duplicate although those in doubt are held")
    trial.verdict.expect(trial.verdict.unknown <= bound, "more unknown than connections times kills")


def few_kills(trial: Trial) -> None:
    """A few random kills, as the negative controls need them."""
    kills = {"kills": 3, "readers": 900} if trial.size == "short" else {"kills": 6, "readers": 1500}
    _kill_loop(trial, **kills)


def _kill_loop(trial: Trial, *, kills: int, readers: int) -> None:
    """Kills until it was done so often; where an issue was sent before, with another one."""
    while trial.verdict.kills < kills:
        trial.fresh_dumps()
        site = trial.prepare(readers)
        sink = trial.sink()
        site.configure(sink.port, unknown=trial.policy, connections=32)
        finished = False
        while trial.verdict.kills < kills and not finished:
            here = trial.dumps.count()
            share = max(2, 3 * (readers - here) // (2 * (kills - trial.verdict.kills + 1)))
            daemon = ("daemon", "--parts", "delivery")
            victim = trial.victim(*(daemon if trial.random.random() < 0.2 else ("send",)))
            if trial.random.random() < 0.1:
                time.sleep(trial.random.uniform(0, 0.7))  # while it starts, or sees to what the last one left
            elif trial.ready(victim):
                wait_for_files(trial, here + trial.random.randrange(share), victim)
            victim.kill()
            finished = not trial.killed(victim)
            sink.settle()
            trial.judge_after_kill(connections=32)
        finish(trial, sink)
        sink.stop()


def wait_for_files(trial: Trial, files: int, victim: subprocess.Popen[str], *, seconds: float = 60.0) -> bool:
    """Waits until so many messages arrived; False where that never happened."""
    deadline = time.monotonic() + seconds
    while trial.dumps.count() < files:
        if victim.poll() is not None or time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def after_intent(trial: Trial) -> None:
    """Case 2: SIGKILL right after the commit of an intent, before its message."""
    for number in (1, 2, 7, 40) if trial.long else (1, 7):
        before = len(trial.dumps.mails())
        sink = begin(trial, 120, connections=1)
        trial.killed(trial.victim("send", "--die", f"intent:{number}"))
        sink.settle()
        book = trial.judge_after_kill(connections=1)
        arrived = {mail.message_id for mail in trial.dumps.mails()}
        doubtful = [row for row in book.rows if row.state == "inflight"]
        trial.verdict.expect(
            len(doubtful) == 1, f"{len(doubtful)} in doubt after an intent on one connection"
        )
        trial.verdict.expect(
            not arrived & {row.message_id for row in doubtful}, "sent before its intent stood"
        )
        finish(trial, sink)
        once = len(trial.dumps.mails()) - before == (120 if trial.policy == "resend" else 119)
        trial.verdict.expect(once, "the one in doubt did not arrive exactly once")
        trial.fresh_dumps()
    _step_by_step(trial, [f"intent:{n}" for n in ((1, 3, 10, 25) if trial.long else (2, 6))])


def around_dot(trial: Trial) -> None:
    """Case 3: SIGKILL between the final dot and its reply, seen from the wire."""
    _all_waiting(trial)
    for event in (Event.DOT, Event.TAKEN):
        for number in (1, 2, 50, 333) if trial.long else (1, 50):
            site = trial.prepare(600)
            sink = trial.sink()
            victims: list[subprocess.Popen[str]] = []
            proxy = trial.serve(Proxy(sink.port, _killing(event, number, victims)))
            site.configure(proxy.port, unknown=trial.policy)
            victims.append(trial.victim("send"))
            trial.killed(victims[0])
            sink.settle()
            trial.judge_after_kill()
            finish(trial, sink)
            trial.fresh_dumps()


def _killing(
    event: Event, number: int, victims: list[subprocess.Popen[str]]
) -> Callable[[Event, int], Break]:
    def decide(seen: Event, count: int) -> Break:
        if seen is event and count == number:
            victims[-1].kill()
            return Break.CUT
        return Break.PASS

    return decide


def _all_waiting(trial: Trial) -> None:
    """Every connection waits for the reply to its dot: exactly these are in doubt, and all have arrived."""
    connections = 8
    site = trial.prepare(300)
    slow = trial.sink("-p", "-W", ".:2")
    site.configure(slow.port, unknown=trial.policy, connections=connections)
    # The relay is tried by one line first, and this one waits as well.
    victim = trial.victim("send")
    complete = wait_for_files(trial, 1 + connections, victim, seconds=20)
    trial.verdict.expect(complete, "not all connections came to their final dot")
    time.sleep(0.2)
    victim.kill()
    trial.killed(victim)
    slow.settle()
    book = trial.judge_after_kill(connections=connections)
    arrived = {mail.message_id for mail in trial.dumps.mails()}
    doubtful = {row.message_id for row in book.rows if row.state == "inflight"}
    trial.verdict.expect(len(doubtful) == connections, f"{len(doubtful)} in doubt of {connections} waiting")
    trial.verdict.expect(doubtful <= arrived, "a message in doubt had not arrived")
    slow.stop()
    quick = trial.sink(port=slow.port)
    finish(trial, quick)
    wanted = connections if trial.policy == "resend" else 0
    trial.verdict.expect(trial.verdict.duplicated == wanted, f"{trial.verdict.duplicated} duplicates")
    trial.fresh_dumps()


def before_result(trial: Trial) -> None:
    """Case 4: SIGKILL after the 250, before its result is committed; and in and after that commit."""
    steps = [f"result:{n}" for n in ((1, 2, 5, 17, 40) if trial.long else (1, 9))]
    numbers = (3, 4, 6, 12, 30) if trial.long else (4, 11)
    _step_by_step(trial, steps + [f"write:{n}:{moment}" for n in numbers for moment in MOMENTS])


def _step_by_step(trial: Trial, steps: list[str]) -> None:
    """One site, killed at each of these steps in turn, then sent to its end."""
    sink = begin(trial, 1200)
    for step in steps:
        if trial.killed(trial.victim("send", "--die", step)):
            sink.settle()
            trial.judge_after_kill()
    finish(trial, sink)
    trial.fresh_dumps()


def while_freezing(trial: Trial) -> None:
    """Cases 5 and 6: SIGKILL while the audience is frozen, and between issue and audience."""
    steps = ["issue:1", "audience:1", "audience:2", "audience:3"]
    steps += [f"write:{n}:{moment}" for n in range(1, 13 if trial.long else 3) for moment in MOMENTS]
    readers = 900
    site = trial.prepare(readers, composed=False)
    _diversify(trial)
    sink = trial.sink()
    site.configure(sink.port, unknown=trial.policy)
    kills = 0
    for step in steps:
        process = trial.victim("compose", "--die", step)
        kills += trial.killed(process)
    if not trial.book().rows:
        trial.end(trial.victim("compose"))
    trial.verdict.expect(kills >= 4, f"only {kills} kills hit the composing")
    trial.send()
    trial.end(trial.victim("compose"))
    trial.send()
    sink.settle()
    trial.judge()
    book = trial.book()
    each = Counter(row.subscriber for row in book.rows)
    trial.verdict.expect(len(each) == readers, f"{len(each)} of {readers} readers have a delivery")
    trial.verdict.expect(set(each.values()) == {1}, "a reader has two deliveries of one post")
    trial.verdict.expect(len(book.audiences) == 1, f"{len(book.audiences)} issues for one post")


def _diversify(trial: Trial) -> None:
    """Readers in two languages, so that there is more than one edition."""
    import sqlite3

    with sqlite3.connect(trial.site.database) as connection:
        connection.execute("UPDATE subscribers SET language = 'en' WHERE key % 3 = 0")
    connection.close()


def asked_to_end(trial: Trial) -> None:
    """Case 7: SIGTERM in the middle leaves nothing in doubt; a second one is a crash."""
    sink = begin(trial, 3000)
    daemon = trial.victim("daemon", "--parts", "delivery")
    wait_for_files(trial, 200, daemon)
    daemon.terminate()
    trial.end(daemon, seconds=20)
    trial.verdict.expect(daemon.returncode == 0, f"SIGTERM: exit status {daemon.returncode}")
    sink.settle()
    book = trial.judge_after_kill()
    inflight = sum(row.state == "inflight" for row in book.rows)
    trial.verdict.expect(inflight == 0, f"{inflight} in doubt after an orderly end")
    trial.verdict.expect(any(row.state in OPEN for row in book.rows), "it was told too late")
    sink.stop()
    slow = trial.sink("-p", "-W", ".:5", port=sink.port)
    here = trial.dumps.count()
    daemon = trial.victim("daemon", "--parts", "delivery")
    trial.verdict.expect(wait_for_files(trial, here + 1, daemon), "no message reached the slow relay")
    daemon.terminate()
    time.sleep(0.3)
    trial.verdict.expect(daemon.poll() is None, "it did not wait for the reply to a final dot")
    daemon.terminate()
    trial.end(daemon, seconds=5)
    trial.verdict.expect(daemon.returncode == -signal.SIGTERM, f"twice: exit status {daemon.returncode}")
    trial.verdict.kills += 1
    slow.settle()
    trial.judge_after_kill()
    slow.stop()
    finish(trial, trial.sink(port=sink.port))


def stopped_clock(trial: Trial) -> None:
    """Case 8: SIGSTOP in the middle, longer than the timeouts; meanwhile the relay goes away."""
    site = trial.prepare(1500)
    sink = trial.sink()
    proxy = trial.serve(Proxy(sink.port, lambda *_: Break.PASS))
    site.configure(proxy.port, unknown=trial.policy)
    pause = 20.0 if trial.long else 4.0
    for away in (False, True):
        here = trial.dumps.count()
        victim = trial.victim("send", "--timeout", f"dot={pause / 2}", "--timeout", f"command={pause / 2}")
        wait_for_files(trial, here + 100, victim)
        victim.send_signal(signal.SIGSTOP)
        if away:
            proxy.cut()
        time.sleep(pause)
        victim.send_signal(signal.SIGCONT)
        if not away:
            wait_for_files(trial, here + 400, victim)
            victim.kill()
            trial.killed(victim)
            sink.settle()
            trial.judge_after_kill()
        else:
            trial.end(victim)
    finish(trial, sink)


def two_daemons(trial: Trial) -> None:
    """Case 32: a second daemon on the same file ends at once; other verbs take their turn."""
    sink = begin(trial, 2500)
    first = trial.victim("daemon", "--parts", "delivery")
    wait_for_files(trial, 50, first)
    second = trial.victim("daemon", "--parts", "delivery")
    said = trial.end(second, seconds=20)
    trial.verdict.expect(
        second.returncode == 3 and bool(said), f"the second one ended by {second.returncode}"
    )
    others = [trial.victim("send") for _ in range(2)]  # what `kawaraban tick` calls
    for other in others:
        trial.end(other)
        trial.verdict.expect(other.returncode == 0, f"sending beside the daemon ended by {other.returncode}")
    os.kill(first.pid, signal.SIGTERM)
    trial.end(first, seconds=20)
    finish(trial, sink)
    trial.verdict.expect(trial.verdict.duplicated == 0, "two senders sent the same")
    trial.fresh_dumps()
    _taking_over(trial)


def _taking_over(trial: Trial) -> None:
    """Three senders wait for each other; whoever dies is followed by the next at once."""
    sink = begin(trial, 8000 if trial.long else 2500)
    senders = [trial.victim("send") for _ in range(3)]
    for _ in range(25 if trial.long else 6):
        time.sleep(trial.random.uniform(0.2, 0.7))
        number = trial.random.randrange(3)
        if senders[number].poll() is None:
            senders[number].kill()
            trial.killed(senders[number])
            senders[number] = trial.victim("send")
    for sender in senders:
        trial.end(sender)
        trial.verdict.expect(sender.returncode == 0, f"a sender that waited ended by {sender.returncode}")
    finish(trial, sink)


def begin(trial: Trial, readers: int, *, connections: int = 16) -> Sink:
    """A site whose issue waits, and a receiver for it."""
    site = trial.prepare(readers)
    sink = trial.sink()
    site.configure(sink.port, unknown=trial.policy, connections=connections)
    return sink


def finish(trial: Trial, sink: Sink) -> None:
    """Sends what is left and judges."""
    trial.send()
    sink.settle()
    trial.judge()
