"""Cases 30 and 31: mail that a relay takes and returns later, and reports that are not what they seem."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from pwd import getpwnam

from feeds.actions.secret import signing_key
from feeds.newsletter.tokens import Signer
from tests.bounces.samples import report
from tests.faults.judge import judge
from tests.faults.postfix import Postfix
from tests.faults.sink import Sink
from tests.faults.site import Site, reader
from tests.faults.trial import ROOT, Trial

MAILDIR, PIPE = "maildir.test", "pipe.test"
"""Domains whose mail Postfix delivers into a folder, and hands to a command."""

SAYS = {
    "hard": "550 5.1.1 nobody here",
    "soft": "552 5.2.2 mailbox full",
    "refused": "550 5.7.1 we do not like you",
}
"""What the servers of some readers say, by the kind of bounce that follows."""

MAIN = """
recipient_delimiter = +
transport_maps = texthash:{folder}/etc/transport
virtual_mailbox_domains = maildir.test
virtual_mailbox_base = {folder}
virtual_mailbox_maps = inline:{{ bounces@maildir.test=back/ }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
relay_domains = pipe.test
kawaraban_destination_recipient_limit = 1
"""
MASTER = """
virtual   unix - n n - - virtual
kawaraban unix - n n - 2 pipe user=nobody argv={script} ${{original_recipient}}
"""
SCRIPT = """#!/bin/sh
name={folder}/$$.$(date +%N)
cat > $name.part
printf %s "$1" > $name.recipient
mv $name.part $name.mail
while [ ! -f $name.status ]; do sleep 0.1; done
exit $(cat $name.status)
"""
"""Postfix calls commands as a user who need not be able to read this checkout: `_Desk` calls for them."""


def returned(trial: Trial) -> None:
    """Case 30: a real Postfix takes it all, and some comes back: into a Maildir, and through a pipe."""
    _into_a_maildir(trial)
    trial.fresh_dumps()
    _through_a_pipe(trial)


def _postfix(trial: Trial, name: str, script: Path) -> tuple[Postfix, Sink]:
    """A Postfix that relays to a server which takes what it gets, and some to servers that do not."""
    sink = trial.sink()
    ports = {kind: trial.serve(_Refusing(trial, says)).port for kind, says in SAYS.items()}
    folder = trial.folder / name
    values = {"folder": folder, "uid": getpwnam("nobody").pw_uid, "script": script}
    table = "".join(f"{reader(n)} smtp:[127.0.0.1]:{ports[kind]}\n" for n, kind in _fates(1000))
    postfix = Postfix(
        folder,
        sink.port,
        main=MAIN.format(**values),
        master=MASTER.format(**values),
        transport=f"{table}bounces@{PIPE} kawaraban:\n",
    )
    trial.serve(postfix)
    postfix.accept()
    return postfix, sink


def _into_a_maildir(trial: Trial) -> None:
    """The daemon reads reports while it sends, and is killed in between."""
    postfix, sink = _postfix(trial, "postfix", trial.folder / "unused")
    back = postfix.folder / "back"
    for name in ("", "tmp", "new", "cur"):
        (back / name).mkdir(exist_ok=True)
        os.chown(back / name, getpwnam("nobody").pw_uid, -1)
    readers = 900 if trial.long else 300
    site = trial.prepare(readers)
    more = f'[bounces]\naddress = "bounces@{MAILDIR}"\nmaildir = "{back}"\n'
    site.configure(postfix.port, unknown=trial.policy, connections=4, more=more)
    daemon = trial.victim("daemon", "--parts", "delivery")
    trial.ready(daemon)
    for _ in range(8 if trial.long else 3):
        time.sleep(trial.random.uniform(0.3, 1.5))
        daemon.kill()
        trial.killed(daemon)
        daemon = trial.victim("daemon", "--parts", "delivery")
        trial.ready(daemon)
    _until(lambda: _unsettled(site) == 0, 60)
    trial.verdict.expect(postfix.drain(), "Postfix did not get rid of its queue")
    names = {str(reader(n)) for n, _ in _fates(readers)}
    expected = sum(row.email in names and row.state != "unknown" for row in trial.book().rows)
    _until(lambda: len(_bounces(site)) >= expected and not any((back / "new").iterdir()), 60)
    daemon.terminate()
    trial.end(daemon)
    sink.settle()
    _judge(trial, site, readers)
    read = len(list((back / "cur").iterdir()))
    trial.verdict.expect(read >= expected, f"{read} reports in cur/ for {expected} mails that came back")
    trial.verdict.notes.append(f"Maildir: {read} reports of {expected} mails that came back")


def _through_a_pipe(trial: Trial) -> None:
    """Postfix's own pipe calls the command, which has no configuration at first, and so is called again."""
    script, folder = trial.folder / "receive", trial.folder / "desk"
    folder.mkdir()
    folder.chmod(0o777)
    script.write_text(SCRIPT.format(folder=folder))
    script.chmod(0o755)
    postfix, sink = _postfix(trial, "piped", script)
    readers = 40
    site = trial.prepare(readers)
    more = f'[bounces]\naddress = "bounces@{PIPE}"\n'
    site.configure(postfix.port, unknown=trial.policy, connections=4, more=more)
    complete = site.folder / "complete.toml"
    trial.serve(_Desk(folder, complete))
    trial.send()
    log = postfix.folder / "log"
    deferred = re.compile(r"relay=kawaraban,.*status=deferred")
    _until(lambda: deferred.search(log.read_text("utf-8", "replace")) is not None, 60)
    found = deferred.search(log.read_text("utf-8", "replace"))
    trial.verdict.expect(found is not None, "no report was deferred by the pipe")
    trial.verdict.expect(not _bounces(site), "a report was taken in without a configuration")
    site.config.rename(complete)
    trial.verdict.expect(postfix.drain(seconds=300), "Postfix did not get rid of the reports")
    sink.settle()
    _judge(trial, site, readers)
    trial.verdict.notes.append(f"pipe: {len(_bounces(site))} reports, deferred at first")


class _Desk:
    """Calls ``kawaraban receive`` with what a pipe was given, and hands back how that ended."""

    def __init__(self, folder: Path, config: Path) -> None:
        self._folder, self._config = folder, config
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.wait(0.05):
            for mail in sorted(self._folder.glob("*.mail")):
                status = self._receive(mail.read_bytes(), mail.with_suffix(".recipient").read_text("ascii"))
                mail.unlink()
                unfinished = mail.with_suffix(".unfinished")
                unfinished.write_text(str(status), encoding="ascii")
                unfinished.rename(mail.with_suffix(".status"))

    def _receive(self, mail: bytes, recipient: str) -> int:
        call = "import sys; from feeds.cli import main; sys.exit(main())"
        options = ["receive", "--config", str(self._config), "--recipient", recipient]
        command = [sys.executable, "-c", call, *options]
        return subprocess.run(command, cwd=ROOT, input=mail, capture_output=True, check=False).returncode

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def _judge(trial: Trial, site: Site, readers: int) -> None:
    """Each mail that came back is known with its kind, once; and only who is not there is suppressed.

    One that is unknown under ``hold`` may have come back or not.
    """
    fates = {str(reader(n)): kind for n, kind in _fates(readers)}
    book = trial.book()
    rows = {row.email: row for row in book.rows}
    maybe = {email for email, row in rows.items() if row.state == "unknown"}
    found = Counter((str(email), str(kind)) for email, kind in site.rows(_BY_ADDRESS))
    wrong, missing = found - Counter(fates.items()), Counter(fates.items()) - found
    lost = [email for email, _ in missing if email not in maybe]
    trial.verdict.expect(not wrong and not lost, f"bounces: {len(wrong)} wrong, {len(lost)} missing")
    suppressed = {str(row[0]) for row in site.rows(_SUPPRESSED)}
    # Readers 7 and 8 are those whom this Postfix refuses at once.
    hard = {str(reader(7)), str(reader(8)), *(email for email, kind in fates.items() if kind == "hard")}
    differ = suppressed ^ hard
    trial.verdict.expect(differ <= maybe & hard, f"{len(differ)} readers wrongly suppressed or not")
    states = {row.state for row in book.rows if row.email in fates}
    # What was in doubt after a kill is not sent again to who is suppressed by then.
    usual = {"sent", "unknown", "suppressed"}
    trial.verdict.expect(states <= usual, f"what came back is {states - usual}")
    arrived = [row for row in book.rows if row.email not in fates]
    left = replace(book, rows=arrived, audiences={i: n - len(fates) for i, n in book.audiences.items()})
    trial.verdict.add(judge(left, trial.dumps.mails()))


_BY_ADDRESS = "SELECT s.email, b.kind FROM bounces b JOIN subscribers s ON s.key = b.subscriber"
_SUPPRESSED = "SELECT s.email FROM subscribers s JOIN suppressions x ON x.address_hash = s.address_hash"


def forged(trial: Trial) -> None:
    """Case 31: forged, doubled, cut off, garbled, huge and bottomless reports, to a daemon that is killed."""
    readers = 240 if trial.long else 80
    site = trial.prepare(readers)
    sink = trial.sink()
    back = trial.folder / "back"
    for name in ("tmp", "new", "cur"):
        (back / name).mkdir(parents=True)
    more = f'[bounces]\naddress = "bounces@example.org"\nmaildir = "{back}"\n'
    site.configure(sink.port, unknown=trial.policy, more=more)
    trial.send()
    sink.settle()
    trial.judge()
    real: dict[int, str] = {}
    delivered = 0
    daemon = trial.victim("daemon", "--parts", "delivery")
    trial.ready(daemon)
    for name, mail in _reports(trial, site, real):
        (back / "tmp" / name).write_bytes(mail)
        (back / "tmp" / name).rename(back / "new" / name)
        delivered += 1
        if trial.random.random() < 0.02:
            daemon.kill()
            trial.killed(daemon)
            daemon = trial.victim("daemon", "--parts", "delivery")
            trial.ready(daemon)
    _until(lambda: not any((back / "new").iterdir()), 60)
    trial.verdict.expect(daemon.poll() is None, "the daemon ended by itself")
    daemon.terminate()
    trial.end(daemon)
    read = len(list((back / "cur").iterdir()))
    trial.verdict.expect(read == delivered, f"{delivered} mails came in, and {read} were read")
    found = Counter((int(str(number)), str(kind)) for _, number, kind in _bounces(site))
    wanted = Counter(list(real.items()))
    trial.verdict.expect(found == wanted, f"reports: {found - wanted} too many, {wanted - found} missing")
    suppressed = site.rows("SELECT count(*) FROM suppressions")[0][0]
    trial.verdict.expect(suppressed == len(real), f"{suppressed} readers suppressed, not {len(real)}")
    counted = sum(int(str(row[0])) for row in site.rows("SELECT count FROM receipts"))
    trial.verdict.expect(counted >= delivered, f"{counted} of {delivered} mails counted")
    trial.verdict.notes.append(f"{delivered} mails, {len(real)} true reports among them")


def _reports(trial: Trial, site: Site, real: dict[int, str]) -> Iterator[tuple[str, bytes]]:
    """Mails as they may come in, by a name; ``real`` is told which of them must count, and as what."""
    ours, other = Signer(signing_key(site.state)), Signer(b"somebody else's key, of 32 bytes")
    rows = {row.subscriber: row for row in trial.book().rows}
    for number, (key, row) in enumerate(rows.items()):
        token, fake = ours.bounce_token(row.issue, key), other.bounce_token(row.issue, key)
        whole = report("postfix", token)
        mails: list[bytes] = []
        match number % 8:
            case 0:  # true, and in every way that servers write it
                real[key] = "hard"
                name = trial.random.choice(("postfix", "gmail", "exchange", "sendmail", "carrier", "qmail"))
                mails = [report(name, token)]
            case 1:  # doubled
                real[key] = "hard"
                mails = [whole, report("gmail", token), whole]
            case 2:  # a complaint without its envelope
                real[key] = "complaint"
                mails = [report("arf-without-envelope", message_id=row.message_id)] * 2
            case 3:  # forged
                altered = token[:-1] + ("0" if token[-1] != "0" else "1")
                mails = [report(name, t) for name in ("postfix", "arf") for t in (fake, altered, "0" * 42)]
            case 4:  # cut off before anything is said
                mails = [whole[: trial.random.randrange(whole.index(b"This is a MIME"))] for _ in range(3)]
            case 5:  # cut off behind what is said; ten megabytes
                real[key] = "hard"
                end = whole.index(b"Undelivered Message Headers")
                mails = [whole[: trial.random.randrange(end, len(whole))], whole + b"x" * 10_000_000]
            case 6:  # for somebody who never was; no report at all; to a bottom that is not there
                deep = b"".join(
                    b"Content-Type: multipart/x; boundary=%d\n\n--%d\n" % (n, n) for n in range(9000)
                )
                nobody = ours.bounce_token(row.issue, key + 100_000)
                mails = [
                    report("postfix", nobody),
                    report("vacation", token),
                    deep + whole,
                    b"\0" * 10_000_000,
                ]
            case 7:  # garbled where it names the mail
                mails = [_garbled(trial, whole.replace(token.encode(), b"?" * 42)) for _ in range(3)]
        for copy, mail in enumerate(mails):
            yield f"{number:05}.{copy}.test", mail


def _garbled(trial: Trial, mail: bytes) -> bytes:
    for _ in range(trial.random.randrange(1, 20)):
        place = trial.random.randrange(len(mail))
        mail = mail[:place] + trial.random.randbytes(3) + mail[place + trial.random.randrange(30) :]
    return mail


def _fates(readers: int) -> list[tuple[int, str]]:
    """The readers whose mail comes back, and how."""
    kinds = {3: "hard", 5: "soft", 7: "refused"}
    return [(n, kinds[n % 10]) for n in range(10, readers) if n % 10 in kinds]


class _Refusing(Sink):
    """A server that has nobody."""

    def __init__(self, trial: Trial, says: str) -> None:
        super().__init__(trial.dumps, "-f", "RCPT", "-B", says)


def _bounces(site: Site) -> list[tuple[object, ...]]:
    return site.rows("SELECT issue, number, kind FROM bounces")


def _unsettled(site: Site) -> int:
    open_ = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'inflight', 'deferred')"
    return int(str(site.rows(open_)[0][0]))


def _until(holds: Callable[[], bool], seconds: float) -> None:
    """Waits, in vain if need be: what is missing is found by the judge."""
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
