"""Cases 36, 38, 39 and 42: readers, editors and owners do something while mail is sent."""

from __future__ import annotations

import base64
import http.client
import re
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlencode

from feeds.actions.secret import signing_key
from feeds.newsletter.tokens import Purpose, Signer
from feeds.service import Service
from feeds.store import subscribers as subscribers_store
from tests.faults.kills import begin, finish, wait_for_files
from tests.faults.mailbox import Mailbox
from tests.faults.proxy import Break, Proxy
from tests.faults.replies import WAYS, Wanted, judge_here, send_here
from tests.faults.site import reader
from tests.faults.trial import ROOT, Trial
from tests.ports import free_port, wait_for


def leaving(trial: Trial) -> None:
    """Case 36: readers leave, are erased or suppressed during the send: who left in time gets nothing."""
    readers = 3000 if trial.long else 900
    site = trial.prepare(readers)
    sink = trial.sink()
    proxy = trial.serve(Proxy(sink.port, lambda *_: Break.PASS, delay=0.002))
    web = free_port()
    site.configure(proxy.port, unknown=trial.policy, connections=4, web=web)
    signer = Signer(signing_key(site.state))
    leavers = trial.random.sample(range(1, readers + 1), 150 if trial.long else 60)
    never: set[str] = set()
    for life in range(3):
        process = trial.victim("daemon", "--parts", "web,delivery")
        trial.ready(process)
        wait_for(web)
        wait_for_files(trial, trial.dumps.count() + 40, process)
        for key in leavers[life::3]:
            if process.poll() is not None:
                break
            _leave(trial, web, signer, key, never)
        if life < 2:
            process.kill()
            trial.killed(process)
            sink.settle()
            book = trial.judge_after_kill(connections=4)
            for row in [row for row in book.rows if row.state == "inflight"][:2]:
                with Service.open(site.config, environ={}) as service:
                    service.unsubscribe(signer.token(Purpose.UNSUBSCRIBE, row.subscriber, 0))
                never.add(row.message_id + " twice")
        else:
            process.terminate()
            trial.end(process)
    finish(trial, sink)
    arrived = Counter(mail.message_id for mail in trial.dumps.mails())
    after = [identity for identity in never if arrived[identity]]
    trial.verdict.expect(not after, f"{len(after)} mails to readers who had left before")
    again = [name for name in never if name.endswith(" twice") and arrived[name.removesuffix(" twice")] > 1]
    trial.verdict.expect(not again, "a mail in doubt was sent again to a reader who had left")
    trial.verdict.expect(len(never) > 10, f"only {len(never)} left in time")
    trial.verdict.notes.append(f"{len(never)} left before their mail")
    leaving_at_the_last_moment(trial)


def leaving_at_the_last_moment(trial: Trial) -> None:
    """Part of case 36: the next ones leave while the server already waits for their message."""
    gone: set[str] = set()

    def leave(phase: str, count: int) -> None:
        if phase == "DATA" and count in {3, 12, 25}:
            site, rows = trial.site, [row for row in trial.book().rows if row.state == "pending"]
            rows = [row for row in rows if row.message_id not in gone]
            signer = Signer(signing_key(site.state))
            # The next ones, of whom other connections take some meanwhile, and the last ones.
            leavers = [*rows[:6], *rows[-4:]]
            with Service.open(site.config, environ={}) as service:
                for row in leavers:
                    service.unsubscribe(signer.token(Purpose.UNSUBSCRIBE, row.subscriber, 0))
            late = {row.message_id for row in trial.book().rows if row.state == "pending"}
            # Nothing was committed for these after they had left, so nothing may be.
            gone.update(row.message_id for row in leavers if row.message_id in late)

    for extensions in WAYS:
        trial.fresh_dumps()
        gone.clear()
        box = trial.serve(Mailbox(trial.dumps, leave, extensions=extensions))
        outcome = send_here(trial, box.port, readers=60)
        for failure in box.failures:
            trial.verdict.expect(False, failure)
        judge_here(trial, outcome, Wanted(), "leaving at the last moment")
        arrived = {mail.message_id for mail in trial.dumps.mails()}
        trial.verdict.expect(not gone & arrived, "a mail to a reader who had left")
        trial.verdict.expect(len(gone) >= 10, f"only {len(gone)} left in time")
        box.stop()


def _leave(trial: Trial, web: int, signer: Signer, key: int, never: set[str]) -> None:
    """By the page, by the owner, or by a bounce; notes whom nothing may reach from now on."""
    way = key % 4
    if way < 2:
        token = signer.token(Purpose.UNSUBSCRIBE, key, 0)
        status = _post(web, f"/unsubscribe/{token}", {"List-Unsubscribe": "One-Click"})
        trial.verdict.expect(status == 200, f"unsubscribing was answered by {status}")
    else:
        with Service.open(trial.site.config, environ={}) as service:
            if way == 2:
                service.remove_subscriber(reader(key - 1))
            else:
                with service.database.write() as connection:
                    subscribers_store.suppress(connection, key, reason="bounced", now=datetime.now(UTC))
    row = next(row for row in trial.book().rows if row.subscriber == key)
    if row.state in {"pending", "cancelled", "suppressed"} and row.doubts == 0:
        never.add(row.message_id)


def _post(port: int, path: str, form: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urlencode(form), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def editing(trial: Trial) -> None:
    """Case 38: posts are written in halves, edited, renamed and deleted while issues are built and sent."""
    readers = 40
    site = trial.prepare(readers, composed=False)
    sink = trial.sink()
    site.configure(sink.port, unknown=trial.policy, connections=4)
    daemon = trial.victim("daemon", "--parts", "scheduler,delivery")
    trial.ready(daemon)
    with _editors(trial, site.folder / "posts"):
        deadline = time.monotonic() + (40 if trial.long else 9)
        while time.monotonic() < deadline:
            time.sleep(trial.random.uniform(0.5, 3))
            if trial.long and trial.random.random() < 0.3:
                daemon.kill()
                trial.killed(daemon)
                sink.settle()
                daemon = trial.victim("daemon", "--parts", "scheduler,delivery")
                trial.ready(daemon)
    time.sleep(2)
    daemon.terminate()
    trial.end(daemon)
    finish(trial, sink)
    _judge_posts(trial, readers)


@contextmanager
def _editors(trial: Trial, folder: Path) -> Iterator[None]:
    """Somebody who never rests."""
    over = threading.Event()

    def edit() -> None:
        names: list[str] = []
        for number in range(100, 10_000):
            if over.is_set():
                break
            chance = trial.random.random()
            if names and chance < 0.25:
                _write(folder / names[-1], number, half=trial.random.uniform(0, 0.25))
            elif names and chance < 0.35:
                old = names.pop(trial.random.randrange(len(names)))
                new = f"renamed-{number}.md"
                (folder / old).rename(folder / new)
                names.append(new)
            elif names and chance < 0.45:
                (folder / names.pop(trial.random.randrange(len(names)))).unlink()
            else:
                names.append(f"{number}.md")
                _write(folder / names[-1], number, half=trial.random.uniform(0, 0.25))
            time.sleep(trial.random.uniform(0, 0.5))

    thread = threading.Thread(target=edit)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _write(file: Path, number: int, *, half: float) -> None:
    """A post whose first and last words say the same number, written in two halves."""
    day = datetime.now(UTC) - timedelta(minutes=1)
    head = f"---\ntitle: Post {number}\ndate: {day:%Y-%m-%d %H:%M:%S +0000}\n---\n"
    with file.open("w", encoding="utf-8") as stream:
        stream.write(f"{head}begin{number}x Lorem ipsum")
        stream.flush()
        time.sleep(half)
        stream.write(f" dolor sit amet end{number}x.\n")


def _judge_posts(trial: Trial, readers: int) -> None:
    """Whole posts only, each at most once for each reader; and the readers of an edition see the same."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    halves = 0
    for file in trial.dumps.folder.iterdir():
        dump = file.read_bytes()
        to = re.search(rb"^X-Rcpt-Args: <([^>]*)>", dump, re.MULTILINE)
        text = html(dump)
        begun, ended = set(re.findall(r"begin(\d+)x", text)), set(re.findall(r"end(\d+)x", text))
        halves += begun != ended
        seen[to[1].decode() if to else ""].update(begun)
    trial.verdict.expect(halves == 0, f"{halves} mails with half of a post")
    trial.verdict.expect(len(seen) == readers, f"{len(seen)} of {readers} readers got something")
    doubts = sum(row.doubts for row in trial.book().rows)
    twice = sum(count > 1 for counts in seen.values() for count in counts.values())
    trial.verdict.expect(twice <= doubts * 20, f"{twice} times a reader got a post twice")


def html(dump: bytes) -> str:
    """The HTML part of a message in a dump."""
    message = message_from_bytes(dump[dump.index(b"From:") :])
    parts = [part for part in message.walk() if part.get_content_type() == "text/html"]
    payload = parts[0].get_payload()
    encoded = parts[0]["Content-Transfer-Encoding"] == "base64"
    return (
        base64.b64decode(str(payload)).decode()
        if encoded
        else str(parts[0].get_payload(decode=True), "utf-8")
    )


def signing_up(trial: Trial) -> None:
    """Case 39: the web process is killed while somebody signs up, confirms, or leaves; they try again."""
    site = trial.prepare(5)
    sink = trial.sink()
    web = free_port()
    site.configure(sink.port, web=web)
    signer = Signer(signing_key(site.state))
    people = [f"new{n}@example.org" for n in range(4 if trial.long else 2)]
    form = {"scope": "all", "cadence": "weekly", "language": "ja"}
    jobs: list[tuple[str, dict[str, str]]] = [("/subscribe", {"email": who, **form}) for who in people]
    _persist(trial, web, jobs)
    rows = site.rows("SELECT email, state, key FROM subscribers WHERE email LIKE 'new%'")
    trial.verdict.expect(
        sorted(str(r[0]) for r in rows) == people, f"{len(rows)} rows for {len(people)} who signed up"
    )
    trial.verdict.expect(all(r[1] == "pending" for r in rows), "somebody is confirmed who did not confirm")
    keys = [int(str(r[2])) for r in rows]
    now = datetime.now(UTC)
    confirms = [(f"/confirm/{signer.token(Purpose.CONFIRM, key, 0, now)}", {"yes": "1"}) for key in keys]
    _persist(trial, web, confirms)
    leaves = [
        (f"/unsubscribe/{signer.token(Purpose.UNSUBSCRIBE, keys[0], 0)}", {"List-Unsubscribe": "One-Click"})
    ]
    _persist(trial, web, leaves)
    states = Counter(r[0] for r in site.rows("SELECT state FROM subscribers WHERE email LIKE 'new%'"))
    trial.verdict.expect(
        states == {"confirmed": len(people) - 1, "unsubscribed": 1}, f"after it all they are {dict(states)}"
    )
    kinds = Counter(site.rows("SELECT subscriber, kind FROM notices"))
    trial.verdict.expect(set(kinds.values()) == {1}, "somebody gets a notice twice")
    trial.verdict.expect(len(kinds) == 2 * len(people), f"{len(kinds)} notices, not {2 * len(people)}")
    trial.send()
    sink.settle()
    arrived = Counter(mail.recipient for mail in trial.dumps.mails() if mail.recipient in people)
    trial.verdict.messages += sum(arrived.values())
    trial.verdict.expect(arrived[people[0]] == 0, "a notice to a reader who left")
    trial.verdict.expect(
        all(arrived[who] == 2 for who in people[1:]), f"notices that arrived: {dict(arrived)}"
    )


def _persist(trial: Trial, web: int, jobs: list[tuple[str, dict[str, str]]]) -> None:
    """Each request is made until it was answered, while the process that answers dies again and again."""
    fates = ["write:1:before", "write:1:during", "write:1:after", ""]
    for job, (path, form) in enumerate(jobs):
        for fate in fates[job % 2 :]:
            process = trial.victim("daemon", "--parts", "web", *(["--die", fate] if fate else []))
            trial.ready(process)
            if process.poll() is None:
                wait_for(web)
            try:
                status = _post(web, path, form)
            except (OSError, http.client.HTTPException):
                status = 0
            trial.verdict.expect(status == 200 or bool(fate), f"the last try was answered by {status}")
            process.kill()
            trial.killed(process)


def verbs_beside(trial: Trial) -> None:
    """Case 42: the verbs of the command line beside the daemon: pause, resume, cancel, lists, and readers."""
    sink = begin(trial, 2500)
    daemon = trial.victim("daemon", "--parts", "delivery")
    wait_for_files(trial, 100, daemon)
    paused = _kawaraban(trial, "pause", "1")
    time.sleep(0.6)
    sink_before = trial.dumps.count()
    for verb in (["deliveries"], ["deliveries", "1", "--json"], ["plan"], ["check"], ["hold"]):
        _kawaraban(trial, *verb)
    trial.verdict.expect(trial.dumps.count() == sink_before, "mail went out although the issue was paused")
    states = Counter(row.state for row in trial.book().rows)
    trial.verdict.expect(not paused or states["pending"] > 0, "it was paused too late")
    _kawaraban(trial, "subscribers", "add", "late@example.org", "--confirmed")
    _kawaraban(trial, "resume", "1")
    _kawaraban(trial, "tick")
    daemon.terminate()
    trial.end(daemon)
    finish(trial, sink)
    trial.verdict.expect(trial.verdict.duplicated == 0, "a duplicate beside the command line")
    sink.stop()
    trial.fresh_dumps()
    _cancelled(trial)


def _cancelled(trial: Trial) -> None:
    """Cancelled in the middle: who had it is known exactly, and nobody gets it any more."""
    sink = begin(trial, 2500)
    daemon = trial.victim("daemon", "--parts", "delivery")
    wait_for_files(trial, 300, daemon)
    _kawaraban(trial, "cancel", "1")
    time.sleep(1)
    trial.verdict.expect(trial.dumps.count() < 2500, "it was cancelled too late")
    trial.verdict.expect(not _in_state(trial, "pending"), "somebody waits for a cancelled issue")
    daemon.kill()
    trial.killed(daemon)
    sink.settle()
    finish(trial, sink)
    for number in (1, 2, 3):  # the command itself dies while it cancels
        for moment in ("before", "during", "after"):
            sink.stop()
            trial.fresh_dumps()
            sink = begin(trial, 1500)
            sender = trial.victim("deliver")
            wait_for_files(trial, 200, sender)
            trial.killed(trial.victim("cancel", "--die", f"write:{number}:{moment}"))
            trial.end(sender)
            trial.end(trial.victim("cancel"))
            sink.settle()
            finish(trial, sink)
            if not trial.long:
                break


def _in_state(trial: Trial, state: str) -> int:
    return sum(row.state == state for row in trial.book().rows)


def _kawaraban(trial: Trial, *arguments: str) -> str:
    """A verb of the command line; it has to succeed."""
    command = [sys.executable, "-c", "from feeds.cli import enter; enter()", *arguments]
    config = ["--config", str(trial.site.config)]
    done = subprocess.run(
        [*command, *config], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    trial.verdict.expect(
        done.returncode == 0, f"{' '.join(arguments)} ended by {done.returncode}: {done.stderr[-300:]}"
    )
    return done.stdout
