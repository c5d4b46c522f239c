"""Cases 9 to 13: power cuts, torn pages, full disks, failing syncs, and a database that others hold."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.faults import trace
from tests.faults.kills import begin, finish, wait_for_files
from tests.faults.trial import ROOT, Skip, Trial


def power_cuts(trial: Trial) -> None:
    """Case 9: what was not synced is gone. FULL keeps the contract, NORMAL must not."""
    _need("strace")
    _key_is_safe(trial)
    _ungated_by(trial, "FULL", readers=150 if trial.long else 60)
    found, trial.verdict.complaints = trial.verdict.complaints, []
    _ungated_by(trial, "NORMAL", readers=60)
    seen, trial.verdict.complaints = trial.verdict.complaints, found
    trial.verdict.expect(bool(seen), "synchronous=NORMAL was not noticed: the rig shows nothing")
    trial.verdict.notes += [f"NORMAL: {complaint}" for complaint in seen]
    trial.fresh_dumps()
    sink = begin(trial, 600)
    lives = 0
    for _ in range(15 if trial.long else 3):
        if not _life(trial):
            break
        lives += 1
        sink.settle()
        trial.judge_after_kill()
    trial.verdict.expect(lives >= 2, "it was never cut off in the middle")
    finish(trial, sink)


def _life(trial: Trial) -> bool:
    """Sends for a while, cuts the power, and leaves the files as they would be; False once all is sent."""
    output = trial.folder / "trace"
    disk = trace.Disk(trial.site.state)
    here = trial.dumps.count()
    victim = trial.victim("send", under=trace.strace(output))
    wait_for_files(trial, here + trial.random.randrange(5, 60), victim)
    for child in _children(victim.pid):  # the victim itself, before strace
        os.kill(child, 9)
    victim.communicate()
    if victim.returncode == 0:
        return False
    trial.verdict.kills += 1
    for call in trace.read(output):
        disk.do(call)
    disk.write(trial.site.state)
    return True


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def _ungated_by(trial: Trial, synchronous: str, *, readers: int) -> None:
    """Complains of every final dot that was sent before its intent was safe from a power cut."""
    trial.fresh_dumps()
    sink = begin(trial, readers, connections=6)
    output, disk = trial.folder / "trace", trace.Disk(trial.site.state)
    options = [] if synchronous == "FULL" else ["--synchronous", synchronous]
    trial.end(trial.victim("send", *options, under=trace.strace(output)))
    sink.settle()
    refs = {row.message_id: (row.issue, row.subscriber) for row in trial.book().rows}
    wire, version, safe, dots = trace.Wire(), -1, set(), 0
    for call in trace.read(output):
        disk.do(call)
        for identity in wire.sent(call):
            if disk.version != version:
                version, known = disk.version, trace.known(disk, trial.folder / "cut")
                if isinstance(known, str):
                    trial.verdict.expect(False, known)
                    return
                safe = known
            dots += 1
            trial.verdict.expect(
                refs[identity] in safe, f"{synchronous}: a dot was sent before its intent was safe"
            )
    trial.verdict.expect(dots == readers, f"{dots} final dots were seen for {readers} readers")
    if synchronous == "FULL":
        trial.judge()
    sink.stop()


def _key_is_safe(trial: Trial) -> None:
    """The signing key, and its name, are on the disk before anything is signed: it makes the Message-IDs."""
    output, folder = trial.folder / "trace", trial.folder / "new" / ".kawaraban"
    script = "import sys, pathlib; from feeds.actions.secret import signing_key; "
    script += "signing_key(pathlib.Path(sys.argv[1]))"
    command = ["strace", "-f", "-y", "-o", str(output), "-e", "trace=link,linkat,fsync,unlink"]
    subprocess.run([*command, sys.executable, "-c", script, str(folder)], cwd=ROOT, check=True)
    lines = output.read_text("utf-8", "replace").splitlines()
    linked = next(n for n, line in enumerate(lines) if "link(" in line and "signing.key" in line)
    synced = [n for n, line in enumerate(lines) if "fsync(" in line and f"<{folder}>" in line]
    trial.verdict.expect(any(n > linked for n in synced), "the name of the signing key may be lost")


def torn_pages(trial: Trial) -> None:
    """Case 10: writes to the log come through in part, one of them torn: it opens, and knows what it must."""
    _need("strace")
    sink = begin(trial, 80, connections=6)
    output, disk = trial.folder / "trace", trace.Disk(trial.site.state)
    trial.end(trial.victim("send", under=trace.strace(output)))
    sink.settle()
    refs = {row.message_id: (row.issue, row.subscriber) for row in trial.book().rows}
    wire, sent, cuts = trace.Wire(), set(), 0
    for call in trace.read(output):
        disk.do(call)
        sent |= {refs[identity] for identity in wire.sent(call)}
        if disk.pending and trial.random.random() < (0.5 if trial.long else 0.2):
            cuts += 1
            through = trial.random.randrange(disk.pending)
            torn = trial.random.choice((0, 12, 512, 2048, 4000))
            known = trace.known(disk, trial.folder / "cut", pending=through, torn=torn)
            if isinstance(known, str):
                trial.verdict.expect(False, known)
                return
            trial.verdict.expect(sent <= known, "a message was sent that a torn log knows nothing of")
    trial.verdict.expect(cuts > 10, f"only {cuts} torn logs were tried")
    trial.verdict.notes.append(f"{cuts} torn logs")
    trial.judge()


def disk_full(trial: Trial) -> None:
    """Case 11: no space at the n-th write, and on a file system that is really full for a while."""
    _need("strace")
    for number in (1, 2, 3, 8, 20, 55, 120) if trial.long else (2, 25):
        for last in ("", "+"):
            _injected(trial, "pwrite64", "ENOSPC", f"{number}{last}")
    _really_full(trial)


def failing_sync(trial: Trial) -> None:
    """Case 12: fsync fails once, or from then on: it is no commit, and what it dropped stays dropped."""
    _need("strace")
    for number in (1, 2, 3, 7, 15, 24) if trial.long else (2, 12):
        for last in ("", "+"):
            _injected(trial, "fdatasync", "EIO", f"{number}{last}")


def _injected(trial: Trial, call: str, error: str, when: str) -> None:
    """The call fails on the database's files; sending stops, and goes on once the disk works again."""
    trial.fresh_dumps()
    sink = begin(trial, 200, connections=6)
    output, disk = trial.folder / "trace", trace.Disk(trial.site.state)
    names = [str(trial.site.state / name) for name in trace.FILES[:2]]
    paths = [option for name in names for option in ("-P", name)]
    inject = ("-e", f"inject={call}:error={error}:when={when}")
    victim = trial.victim("send", under=trace.strace(output, *paths, *inject))
    trial.end(victim)
    injected = "(INJECTED)" in output.read_text("ascii", "replace")
    trial.verdict.expect(injected, f"{call} {when}: it was never done so often")
    if injected and when.endswith("+"):
        trial.verdict.expect(victim.returncode != 0, f"{call} {when} {error}: nobody was told")
    for done in trace.read(output):
        disk.do(done)
    if victim.returncode:
        disk.write(trial.site.state)  # what the failed sync dropped may be gone
    sink.settle()
    trial.judge_after_kill(connections=6)
    finish(trial, sink)
    sink.stop()


def _really_full(trial: Trial) -> None:
    """The state lies on a small file system that fills up, and is made larger after a while."""
    if os.geteuid() != 0:
        trial.verdict.notes.append("no full file system: only root may mount one")
        return
    sink = begin(trial, 2500)
    state = trial.site.state
    apart = state.with_name("apart")
    state.rename(apart)
    state.mkdir(mode=0o700)
    size = sum(file.stat().st_size for file in apart.iterdir())
    options = f"size={size // 1024 + 900}k,mode=0700"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", state], capture_output=True, check=False
    )
    if made.returncode:
        raise Skip("a small file system cannot be mounted here")
    trial.afterwards(lambda: subprocess.run(["umount", "-l", state], check=False))
    for file in apart.iterdir():
        shutil.copy2(file, state / file.name)
    trial.site.belong()
    trial.fresh_dumps()
    sink.stop()
    sink = trial.sink(port=sink.port)
    daemon = trial.victim("daemon", "--parts", "delivery")
    full = False
    for _ in range(200):
        before = trial.dumps.count()
        time.sleep(0.3)
        full = 0 < before == trial.dumps.count()
        if full:
            break
    trial.verdict.expect(full, "the disk did not become full in time")
    trial.verdict.expect(trial.dumps.count() < 2500, "the file system was too large")
    trial.verdict.expect(daemon.poll() is None, "the daemon ended when the disk was full")
    time.sleep(1)
    before = trial.dumps.count()
    time.sleep(1)
    trial.verdict.expect(trial.dumps.count() == before, "it went on sending while nothing could be written")
    subprocess.run(["mount", "-o", "remount,size=64m", state], check=True)
    wait_for_files(trial, 2500, daemon, seconds=30)
    daemon.terminate()
    trial.end(daemon)
    finish(trial, sink)


def held_by_others(trial: Trial) -> None:
    """Case 13: another program holds the database longer than the busy timeout, or reads all the time."""
    sink = begin(trial, 2000)
    daemon = trial.victim("daemon", "--parts", "delivery")
    wait_for_files(trial, 100, daemon)
    reader = sqlite3.connect(trial.site.database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM deliveries").fetchone()
    with sqlite3.connect(trial.site.database, timeout=30) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(0.3)
        before = trial.dumps.count()
        time.sleep(7)  # the product waits for five
        trial.verdict.expect(trial.dumps.count() - before <= 0, "messages were sent without intents")
        trial.verdict.expect(daemon.poll() is None, "the daemon ended because the database was busy")
        other.rollback()
    other.close()
    wait_for_files(trial, 2000, daemon, seconds=30)
    reader.close()
    daemon.terminate()
    trial.end(daemon)
    finish(trial, sink)


def _need(name: str) -> None:
    if shutil.which(name) is None:
        raise Skip(f"{name} is not installed")
