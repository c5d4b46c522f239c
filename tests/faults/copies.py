"""Case 40: a copy of the database from the middle of a send is put in the place of what sent on."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.faults.kills import begin, wait_for_files
from tests.faults.proxy import Break, Proxy
from tests.faults.sink import Sink
from tests.faults.trial import Trial

FILES = ("instance", "signing.key", "kawaraban.sqlite3", "kawaraban.sqlite3-wal")
CONNECTIONS = 16
Way = Callable[[Trial, Path], None]


def put_back(trial: Trial) -> None:
    """Whichever way a copy comes back, it mails nobody until it is told, and then nothing twice."""
    ways: list[tuple[Way, str]] = [
        (_backup_in_new_folder, "send-from-now"),
        (_backup_over_it, "send-again"),
        (_folder, "send-from-now"),
        (_database_alone, "send-again"),
    ]
    if trial.long:
        ways = [(way, choice) for way, _ in ways for choice in ("send-from-now", "send-again")]
    for way, choice in ways[:2] if trial.size == "short" else ways:
        _one(trial, way, choice)
        trial.fresh_dumps()


def one_backup(trial: Trial) -> None:
    """The first of these ways alone."""
    _one(trial, _backup_in_new_folder, "send-from-now")


def _one(trial: Trial, way: Way, choice: str) -> None:
    readers = 4000 if trial.long else 1500
    sink = begin(trial, readers, connections=CONNECTIONS)
    kept = trial.folder / f"kept-{trial.site.folder.name}"
    kept.mkdir()
    slow = trial.serve(Proxy(sink.port, lambda *_: Break.PASS, delay=0.005))  # a backup takes its time too
    trial.site.configure(slow.port, unknown=trial.policy, connections=CONNECTIONS)
    sender = trial.victim("send")
    wait_for_files(trial, readers // 5, sender)
    trial.site.configure(sink.port, unknown=trial.policy, connections=CONNECTIONS)  # for who comes after it
    if way in (_backup_in_new_folder, _backup_over_it):
        _back_up(trial, kept)
        trial.end(sender)
    else:
        sender.kill()
        trial.killed(sender)
        for name in FILES:
            if (trial.site.state / name).exists():
                shutil.copy2(trial.site.state / name, kept / name)
        trial.send()
    sink.settle()
    trial.judge()
    way(trial, kept)
    _says_no(trial, sink)
    said = trial.end(trial.victim("restored", "--choice", choice))
    trial.verdict.expect(isinstance(said, list), f"it was not taken into use: {said}")
    trial.send()
    sink.settle()
    _judge(trial, readers, choice)
    sink.stop()


def _back_up(trial: Trial, kept: Path) -> None:
    """A backup, while it sends: whole, and of its middle."""
    made = trial.victim("backup", "--file", str(kept / "backup"))
    said = trial.end(made)
    trial.verdict.expect(made.returncode == 0, f"no backup could be made while it sent: {said}")
    with closing(sqlite3.connect(f"file:{kept / 'backup'}?mode=ro", uri=True)) as backup:
        states = dict(backup.execute("SELECT state, count(*) FROM deliveries GROUP BY state").fetchall())
        found = backup.execute("PRAGMA integrity_check").fetchone()[0]
    trial.verdict.expect(found == "ok", f"the backup is damaged: {found}")
    middle = bool(states.get("pending")) and bool(states.get("sent"))
    trial.verdict.expect(middle, f"the backup is not of the middle: {states}")


def _backup_in_new_folder(trial: Trial, kept: Path) -> None:
    _clear(trial)
    shutil.copy(kept / "backup", trial.site.database)


def _backup_over_it(trial: Trial, kept: Path) -> None:
    trial.site.database.write_bytes((kept / "backup").read_bytes())
    (trial.site.state / "kawaraban.sqlite3-wal").unlink(missing_ok=True)


def _folder(trial: Trial, kept: Path) -> None:
    """As a copy of the whole folder brings it: database and witness of one moment."""
    _clear(trial)
    for name in FILES:
        if (kept / name).exists():
            shutil.copy2(kept / name, trial.site.state / name)


def _database_alone(trial: Trial, kept: Path) -> None:
    """The files of the database as they lay there, over those that sent on."""
    for name in ("kawaraban.sqlite3", "kawaraban.sqlite3-wal"):
        (trial.site.state / name).unlink(missing_ok=True)
        if (kept / name).exists():
            (trial.site.state / name).write_bytes((kept / name).read_bytes())
    (trial.site.state / "kawaraban.sqlite3-shm").unlink(missing_ok=True)


def _clear(trial: Trial) -> None:
    shutil.rmtree(trial.site.state)
    trial.site.state.mkdir(mode=0o700)


def _says_no(trial: Trial, sink: Sink) -> None:
    before = trial.dumps.count()
    for verb in ("send", "deliver"):
        process = trial.victim(verb)
        said = trial.end(process)
        refused = process.returncode == 3 and "kawaraban restored" in str(said)
        trial.verdict.expect(refused, f"{verb} on a copy ended by {process.returncode}: {said}")
    process = trial.victim("build")
    trial.end(process)
    trial.verdict.expect(process.returncode == 0, "a copy does not build feeds")
    sink.settle()
    trial.verdict.expect(trial.dumps.count() == before, "a copy mailed before it was told")


def _judge(trial: Trial, readers: int, choice: str) -> None:
    """Everybody has it; some have it twice where that was chosen, and then it is the same message."""
    copies: dict[str, Counter[tuple[str, str]]] = {}
    for mail in (mails := trial.dumps.mails()):
        copies.setdefault(mail.recipient, Counter())[mail.message_id, mail.content] += 1
    rows, expect = trial.book().rows, trial.verdict.expect
    missing, again = readers - len(copies), len(mails) - len(copies)
    held = CONNECTIONS if trial.policy == "hold" else 0  # by a kill; nobody knows, and these are unknown
    expect(missing <= held, f"{missing} of {readers} readers do not have it")
    expect(all(len(found) == 1 for found in copies.values()), "a reader has two different mails")
    doubtful = [row for row in rows if row.doubts]
    expect(bool(doubtful), "nothing was in doubt, so the copy was not of the middle")
    if choice == "send-from-now":
        expect(all(row.state == "unknown" for row in doubtful), "what is in doubt is not named as unknown")
        expect(again <= CONNECTIONS, f"{again} came twice")  # by the kill of the original, if there was one
    else:
        expect(0 < again <= len(doubtful) + CONNECTIONS, f"{again} came twice, {len(doubtful)} in doubt")
    expect(trial.book().finished == {1}, "the issue did not end")
