"""A PostgreSQL server of our own: on a socket, in a temporary folder, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import Engine, create_engine

SUPERUSER = "kawaraban"


def programs() -> Path | None:
    """The folder with initdb and postgres, if there is one on this machine; Debian has them outside PATH."""
    found = shutil.which("initdb")
    if found and shutil.which("postgres"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(installed, key=lambda file: int(file.parents[1].name), default=None)
    return None if newest is None else newest.parent


class Cluster:
    """One server; it runs as somebody who is not root, as it insists on that."""

    def __init__(self, bin_folder: Path, *, durable: bool = False, within: str | None = None) -> None:
        """Without ``durable`` nothing waits for the disk; ``within`` is a folder, else that of the system."""
        self._bin = bin_folder
        self._durable = durable
        self.folder = Path(tempfile.mkdtemp(prefix="kawaraban-pg-", dir=within))
        self._as: dict[str, object] = {}
        if os.geteuid() == 0:
            somebody = _somebody()
            os.chown(self.folder, somebody.pw_uid, somebody.pw_gid)
            self._as = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
        self._server: subprocess.Popen[bytes] | None = None
        self.made = 0
        """How many databases were made."""
        self._template = ""
        self._run(
            "initdb", "-D", "data", "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"
        )

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "shared_buffers": "64MB",
            "log_min_messages": "fatal",
        }
        if not self._durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with open(self.folder.parent / f"{self.folder.name}.log", "ab") as log:
            self._server = subprocess.Popen(
                [self._bin / "postgres", "-D", "data", *words],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._as,
            )
        for _ in range(600):
            ready = subprocess.run([self._bin / "pg_isready", "-q", "-h", self.folder], check=False)
            if ready.returncode == 0:
                return
            subprocess.run(["sleep", "0.1"], check=True)
        raise RuntimeError("PostgreSQL does not answer")

    def stop(self, mode: str = "fast") -> None:
        """Stops the server: ``fast``, or ``immediate`` as a crash would."""
        if self._server is not None:
            self._run("pg_ctl", "-D", "data", "-m", mode, "-w", "stop")
            self._server.wait()
            self._server = None

    def restart(self, mode: str = "immediate") -> None:
        """Stops and starts it: clients lose their connections, and no commit that was acknowledged."""
        self.stop(mode)
        self.start()

    def remove(self) -> None:
        """Stops the server, and nothing of it stays."""
        self.stop("immediate")
        shutil.rmtree(self.folder)
        self.folder.with_name(f"{self.folder.name}.log").unlink(missing_ok=True)

    def url(self, name: str) -> str:
        return f"postgresql://{SUPERUSER}@/{name}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of a database that nobody used; it has the tables already, as making them takes a while."""
        if not self._template:
            from feeds.store.opening import open_database

            self._create("made", "template0")
            open_database(self.url("made")).close()
            self._template = "made"
        self.made += 1
        return self._create(f"test{self.made}", self._template)

    def empty_database(self) -> str:
        """The URL of a database without tables."""
        self.made += 1
        return self._create(f"test{self.made}", "template0")

    def drop_databases(self, after: int) -> None:
        """Those that were made after so many are there no more, whoever still uses one."""
        if after == self.made:
            return
        engine = self._outside()
        with engine.connect() as connection:
            for number in range(after + 1, self.made + 1):
                connection.exec_driver_sql(f"DROP DATABASE IF EXISTS test{number} WITH (FORCE)")
        engine.dispose()

    def _create(self, name: str, template: str) -> str:
        engine = self._outside()
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        engine.dispose()
        return self.url(name)

    def _outside(self) -> Engine:
        url = self.url("postgres").replace("postgresql:", "postgresql+psycopg:")
        return create_engine(url, isolation_level="AUTOCOMMIT")

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self._bin / program, *words], cwd=self.folder, capture_output=True, check=False, **self._as
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode()}{done.stdout.decode()}")


def _somebody() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no user nobody")
