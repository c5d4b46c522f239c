"""A real Postfix on loopback, with PIPELINING and STARTTLS, between the product and the sink.

An instance of its own: configuration, queue and data in the folder of the case, nothing of the system's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

from tests.faults.kills import wait_for_files
from tests.faults.sink import program
from tests.faults.site import reader
from tests.faults.trial import Skip, Trial
from tests.faults.wire import certificate
from tests.ports import free_port, wait_for

MAIN = """
compatibility_level = 3.6
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
alternate_config_directories = {folder}/etc
mail_owner = postfix
setgid_group = postdrop
myhostname = localhost
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:{sink}
disable_dns_lookups = yes
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/tls/cert.pem
smtpd_tls_key_file = {folder}/tls/key.pem
smtp_tls_security_level = none
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/etc/access, permit_mynetworks, reject
smtpd_client_connection_count_limit = 100
default_destination_concurrency_limit = 20
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
message_size_limit = 1000000
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
scache    unix  - - n - 1 scache
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """The instance, from start to stop."""

    def __init__(
        self, folder: Path, sink: int, *, main: str = "", master: str = "", transport: str = ""
    ) -> None:
        """``main`` and ``master`` are added to its files; ``transport`` is a table that ``main`` may name."""
        if os.geteuid() != 0 or program("postfix") is None:
            raise Skip("a Postfix of its own needs root and an installed Postfix")
        self.folder = folder
        self.port = free_port()
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir(parents=True)
        folder.chmod(0o755)
        certificate(folder / "tls")
        subprocess.run(["chown", "postfix", folder / "data"], check=True)
        values = {"folder": folder, "sink": sink, "port": self.port}
        (folder / "etc" / "main.cf").write_text(MAIN.format(**values) + main, encoding="ascii")
        (folder / "etc" / "master.cf").write_text(MASTER.format(**values) + master, encoding="ascii")
        (folder / "etc" / "transport").write_text(transport, encoding="ascii")
        access = [f"{reader(n)} 550 5.1.1 nobody here" for n in (7, 8)] + [
            f"{reader(9)} 450 4.2.1 greylisted"
        ]
        self._access = folder / "etc" / "access"
        self._access.write_text("\n".join(access) + "\n", encoding="ascii")
        self._do("start")
        wait_for(self.port)

    def _do(self, verb: str) -> None:
        command = [program("postfix") or "postfix", "-c", str(self.folder / "etc"), verb]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if verb == "start" and done.returncode:
            raise Skip(f"Postfix does not start here: {done.stderr.strip()[-200:]}")

    def processes(self, name: str) -> list[int]:
        """The processes of one of its programs."""
        master = (self.folder / "queue" / "pid" / "master.pid").read_text().strip()
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return [int(child) for child in children if Path(f"/proc/{child}/comm").read_text().strip() == name]

    def accept(self) -> None:
        """From now on nobody is greylisted."""
        self._access.write_text(f"{reader(7)} 550 5.1.1 nobody here\n{reader(8)} 550 5.1.1 nobody here\n")
        self._do("reload")

    def drain(self, *, seconds: float = 60.0) -> bool:
        """Waits until everything it took has gone on to the sink."""
        deadline = time.monotonic() + seconds
        while any(self._left(queue) for queue in QUEUES):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _left(self, queue: str) -> bool:
        return any(path.is_file() for path in (self.folder / "queue" / queue).rglob("*"))

    def stop(self) -> None:
        self._do("abort")


QUEUES = ("maildrop", "incoming", "active", "deferred")


def relayed(trial: Trial) -> None:
    """Through Postfix: killed, with its own servers killed as well, some readers refused."""
    readers = 2000 if trial.long else 700
    site = trial.prepare(readers)
    sink = trial.sink()
    postfix = trial.serve(Postfix(trial.folder / "postfix", sink.port))
    site.configure(postfix.port, unknown=trial.policy, connections=8)
    trust = ("--trust", str(postfix.folder / "tls" / "cert.pem"))
    kills = 8 if trial.long else 3
    for number in range(kills):
        here = trial.dumps.count()
        victim = trial.victim("send", *trust, "--rounds", "2")
        target = here + trial.random.randrange(10, 2 * readers // kills)
        wait_for_files(trial, min(target, readers - 5), victim, seconds=20)
        if number % 2:
            for process in postfix.processes("smtpd")[:3]:
                os.kill(process, signal.SIGKILL)
            time.sleep(0.1)
        victim.kill()
        trial.killed(victim)
        trial.verdict.expect(postfix.drain(), "Postfix did not get rid of its queue")
        sink.settle()
        trial.judge_after_kill(connections=8)
    postfix.accept()
    time.sleep(1.5)
    trial.send(*trust)
    trial.verdict.expect(postfix.drain(), "Postfix did not get rid of its queue")
    sink.settle()
    trial.judge()
    states = {row.email: row.state for row in trial.book().rows}
    for number in (7, 8):
        refused = states[str(reader(number))]
        trial.verdict.expect(refused == "rejected", f"a reader that Postfix does not know is {refused}")
    trial.verdict.expect(states[str(reader(9))] == "sent", "the greylisted reader did not get it")
    log = (postfix.folder / "log").read_text("utf-8", "replace")
    trial.verdict.expect("panic:" not in log, "Postfix complained")
    trial.verdict.expect("starttls=1" in log, "nothing was encrypted")
    suppressed = len(site.rows("SELECT 1 FROM suppressions"))
    trial.verdict.expect(suppressed == 2, f"{suppressed} readers suppressed, not 2")
